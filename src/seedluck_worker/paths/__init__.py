"""The framework paths. Worker plane: NumPy and the framework only, Python 3.7 syntax.

A path is a module of this package, or one of somebody's own on the import path, with a file of its name in
``conf/framework/``. At its head stand the constants of config/paths.py, and it has these functions:

    prepare(kit, scenario, data, job)
        Called first. May put other classes into kit.Model and kit.Sequential, before the scenario builds with them, and
        may replace kit.read. Runs no operation.
    train(kit, scenario, model, data, job, recorder)
        Trains the model, which is not compiled, for job["scenario"]["epochs"] epochs in batches of
        job["scenario"]["batch_size"] rows, as job["framework"] says. It calls, in this order:
          recorder.compiled(optimizer)      once, when the optimizer stands
          recorder.begin(model)             before the first step
          recorder.order(rows)              before an epoch whose order of rows it draws itself, shape (rows,)
          recorder.batch_end(step, loss)    after every step of an epoch, counted from 1, or after several together
          recorder.epoch_end(epoch, loss)   after every epoch, counted from 1
          recorder.add(name=value)          after the last epoch, if there is something to measure once
    train_seeds(members, scenario, data, job)
        Only with SEVERAL_SEEDS = True: the same for all seeds of a job. members: Members, an
        iterable of a Member each. A path may leave some out, and tell itself what became of them.

kit: Toolkit. scenario: Scenario. data: Data. job: the resolved
configuration. recorder: Recorder. Whatever a path raises ends the run as failed.
"""

import importlib


def package(module):
    """Import a Keras by the name that the runtime gives for it, such as ``keras`` or ``tensorflow.keras``.

    Raises ImportError if TensorFlow's own Keras turns out to be the standalone package of version 3.
    """
    first, *rest = module.split(".")
    keras = importlib.import_module(first)
    for name in rest:  # TensorFlow has made its Keras an attribute, a module and a lazy loader in turn
        keras = getattr(keras, name)
    if first == "tensorflow" and version(keras).startswith("3."):
        raise ImportError("this TensorFlow's Keras is the standalone package; install tf-keras beside it")
    return keras


def version(keras):
    """Return a Keras package's version; some of TensorFlow's do not tell it themselves."""
    return getattr(keras, "__version__", None) or importlib.import_module("keras").__version__


def path(name):
    """Import the module that trains along the path of this name: one of this package, or somebody's own."""
    try:
        return importlib.import_module("seedluck_worker.paths." + name)
    except ImportError as error:
        if error.name != "seedluck_worker.paths." + name:
            raise
        return importlib.import_module(name)
