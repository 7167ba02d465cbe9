"""The framework paths. Worker plane: NumPy and the framework only, Python 3.7 syntax."""


def package(name):
    """Import ``keras`` (the standalone package) or ``tf_keras`` (the Keras that belongs to TensorFlow).

    Raises ImportError where TensorFlow's own Keras would turn out to be the standalone package.
    """
    if name == "keras":
        import keras

        return keras
    try:
        import tf_keras

        return tf_keras
    except ImportError:
        from tensorflow import keras

        if keras.__version__.startswith("3."):
            raise ImportError("this TensorFlow's Keras is the standalone package; install tf-keras beside it") from None
        return keras


def path(name):
    """The module that trains along the path of this name."""
    from src.frameworks import custom_loop, fit, train_step

    return {"keras": fit, "tf_keras": fit, "train_step": train_step, "custom_loop": custom_loop}[name]
