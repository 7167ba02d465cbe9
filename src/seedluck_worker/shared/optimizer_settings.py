"""Settings of an optimizer that no formula has, by the names that versions of Keras and TensorFlow give them."""

#: What it is called.
NAMES = ("name", "class")
#: What a configuration has as a setting of its own, ``optimizer.learning_rate``.
RATES = ("learning_rate", "lr")
#: How it is run, which changes nothing that it computes.
RUNNING = ("jit_compile", "is_legacy_optimizer")
#: What is taken back before an update, or guards a variable while it is written: nothing but rounding and races.
SCALES_AND_LOCKS = ("loss_scale_factor", "use_locking")
