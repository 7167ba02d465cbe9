"""Losses, optimizers and schedules by their published formulas; NumPy, or ``jax.numpy``, and nothing else."""
