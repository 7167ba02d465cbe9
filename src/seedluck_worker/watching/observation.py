"""What is seen of a script's trainings, and put in the place of what it hands over where the configuration says so."""

import functools
import hashlib
import os
import shutil
import time
from collections import defaultdict

import numpy as np

from seedluck_worker.adapters import named
from seedluck_worker.observing import graphs
from seedluck_worker.observing.ending import audits_of, draws_nothing
from seedluck_worker.observing.events import OfSeed, save_arrays
from seedluck_worker.observing.training_log import TrainingLog, digest_of_end, digests_of_start, save_weights, start_in
from seedluck_worker.shared.failures import ScriptFailed
from seedluck_worker.system.machine import describe
from seedluck_worker.watching import given as handed
from seedluck_worker.watching import own, streams
from seedluck_worker.watching.fed import Rows
from seedluck_worker.watching.models import build, owner, shapes_of
from seedluck_worker.watching.ordered import accepted, as_list, fit_in_order, trained_rows
from seedluck_worker.watching.trainings import Training, callback
from seedluck_worker.watching.updates import Calls, Update

MOST_CHECKPOINTS = 40  # epochs of which a replay keeps the weights
MOST_EVALUATIONS = 3  # calls of evaluate whose data are told


class Observation:
    """job: the resolved configuration. folder: the job's. events: what the job says. taken: from other scripts.

    Attributes:
        models: adapter → every model of it that the script made, in order.
        evaluated: name → number that evaluate gave last.
        at_begin: functions that are called as a fit begins.
    """

    def __init__(self, job, folder, events, taken):
        self._job, self._folder, self._other = job, folder, taken
        self.events = OfSeed(events, job["seed"]["value"])
        self._framework, self._keep = job["framework"], job["job"]["steps"]
        self._is_replay = self._keep > 0 and job["seed"]["kind"] == "shared"
        self._clock = time.time()
        self.evaluated, self._evaluations = {}, 0
        self.models, self.trainings, self.at_begin, self._taken = defaultdict(list), [], [], set()
        self._log, self._calls, self._of_torch = TrainingLog(self.events), Calls(in_full=self._is_replay), None

    # What is watched; each gets the original method and what it was given, and returns what that returns.

    def compile(self, adapter, original, model, given):
        given = handed.replaced(self._other.into_compile(given), self._framework["compile"])
        given["optimizer"] = self._optimizer(adapter, given.get("optimizer"))
        execution = self._framework["execution"]
        if execution != "left_to_script":
            given["run_eagerly"] = execution == "eager"
        returned = original(model, **accepted(given))
        told = handed.settled(given, handed.COMPILE)
        told["loss"] = own.said(given.get("loss"))
        compiled = {name: value for name, value in told.items() if name != "run_eagerly" and value is not None}
        settings = {"framework": {"compile": compiled, "execution": "eager" if told.get("run_eagerly") else "compiled"}}
        self._log.settings(dict(settings, floatx=adapter.keras.backend.floatx()))
        return returned

    def fit(self, adapter, original, model, given):
        given = self._other.into_fit(handed.replaced(given, self._framework["fit"]))
        arrays = handed.arrays_of(given.get("x"))
        rows = len(arrays[0]) if arrays else None
        if arrays and given.get("batch_size") is None and given.get("steps_per_epoch") is None:
            given["batch_size"] = 32  # fit's own default, which some versions settle inside
        split = given.get("validation_split") or 0.0
        trained = trained_rows(rows, split) if arrays else None
        steps = given.get("steps_per_epoch") or (-(-trained // given["batch_size"]) if arrays else None)
        training = self._training("fit", adapter, model, given["epochs"], steps)
        training.shapes = shapes_of(given.get("x"))
        callbacks = [own.in_full(one) for one in as_list(given.get("callbacks"))]
        self._log.settings({"framework": {"fit": handed.settled(given, handed.FIT)}, "given": {"callbacks": callbacks}})
        described = handed.described(given)
        self._watch_streams(training, given)
        self._log.inputs({name: one for name, one in described.items() if name not in training.streams})
        tell = callback(adapter, self, training)
        if arrays:
            training.shuffled = bool(given.get("shuffle")) and given["batch_size"] is not None
            training.shuffled = training.shuffled and given["batch_size"] < trained
        in_order = self._job["seed"]["kind"] == "shared" and arrays and handed.arrays_of(given.get("y"))
        if in_order and given.get("shuffle"):
            fed = training.fed if self._is_replay and given["batch_size"] else None
            returned = fit_in_order(adapter, original, model, given, self._job["seed"]["value"], tell, fed)
        else:
            if self._is_replay:
                training.each_epoch = self._cut(given, trained, training)
            given["callbacks"] = as_list(given.get("callbacks")) + [tell]
            returned = streams.feed(adapter, original, model, given)
        training.final = adapter.weights(model)  # a later training may go on with the same model
        return returned

    fit_generator = fit

    def train_on_batch(self, adapter, original, model, given):
        training = self._current("train_on_batch", adapter, model)
        given = self._other.into_batch(given, training.done)
        if training.initial is None:
            self._begin(training)
            self._log.inputs(handed.described(given))
            training.streams["batches"] = streams.Seen(True, training.fed, self._is_replay)
        training.streams["batches"].see([given.get(name) for name in ("x", "y", "sample_weight")])
        returned = original(model, **given)
        self._step(training, float(np.ravel(np.asarray(_first(returned)))[0]))
        return returned

    def called(self, adapter, model):
        """A model is about to be called outside of the methods above."""
        wanted = self._job["seed"]["start"] or self._framework["given"].get("initial_weights")
        if wanted and id(model) not in self._taken and adapter.is_built(model) and adapter.variables(model):
            adapter.engine.outside_of_graphs(lambda: self._take_over(adapter, model))

    def given_to(self, adapter, model, args, kwargs):
        """A model that no other model calls is about to be called with this."""
        self._calls.see(adapter, model, args, kwargs)

    def targets_given(self, adapter, targets):
        """A loss of Keras is about to be computed for these targets."""
        self._calls.see_targets(adapter, targets)

    def optimizer_made(self, optimizer):
        """An optimizer of PyTorch was made; the last one is told."""
        self._of_torch = optimizer

    def evaluate(self, adapter, original, model, given):
        given = self._other.into_evaluate(given, self._evaluations)
        seen = streams.Seen(whole=True)
        arrays = [*handed.arrays_of(given.get("x")), *handed.arrays_of(given.get("y"))]
        if streams.is_stream(given.get("x")):
            given["x"] = streams.shown(given["x"], seen) or given["x"]
        returned = original(model, **accepted(given))
        if self._evaluations < MOST_EVALUATIONS:
            self._tell_evaluated([handed.of_array(one) for one in arrays] or [seen.told()])
        self._evaluations += 1
        names = list(model.get_metrics_result()) if hasattr(model, "get_metrics_result") else model.metrics_names
        values = returned if isinstance(returned, dict) else dict(zip(names, np.ravel(returned)))
        numbers = {name: float(value) for name, value in values.items() if np.ndim(value) == 0}
        self.evaluated.update(numbers)
        return returned

    def update_begins(self, adapter, optimizer, variables):
        """An update of an optimizer in a loop of the script's own is about to be made."""
        model = owner(adapter, self.models[adapter], variables)
        training = self._current("loop", adapter, model)
        training.optimizer = optimizer
        if training.initial is None and model is not None:

            def begin():
                self._begin(training)
                self._log.optimizer(optimizer)

            adapter.engine.outside_of_graphs(begin)
        return Update(functools.partial(self._updated, training), adapter, model, variables, self._calls)

    def _updated(self, training, batches):
        """An update was made from these batches; None in the place of one that was not seen."""
        for batch in batches:
            if batch is not None:
                training.fed.see(batch, training.done + 1)
        training.fed.missed |= not batches or None in batches
        self._step(training, None)

    # What is told.

    def environment(self, versions):
        """versions: name → version of every package."""
        self.events.emit("environment", versions=versions, machine=dict(describe(), threads="as the framework chooses"))

    def chosen(self, which):
        """Return the training that counts, by ``scenario.which``; None if there is none."""
        trainings = [training for training in self.trainings if training.initial is not None]
        if not trainings:
            return None
        if which in ("first", "last"):
            return trainings[0 if which == "first" else -1]
        if not 1 <= which <= len(trainings):
            raise ScriptFailed(
                f"scenario.which is {which}, and the script trains {len(trainings)} times; allowed: 1 to "
                f"{len(trainings)}, first, last; the nearest valid choice is {min(max(which, 1), len(trainings))}."
            )
        return trainings[which - 1]

    def end(self, training, numbers, generators):
        """The script has ended, and this training counts; it is None where none was seen.

        numbers: pairs of where and float, the one that the run is judged by first. generators: name → digest.
        """
        scenario, outcome = self._job["scenario"], numbers[0][1]
        metrics, found, ended, nothing_drawn = {}, {}, "", False
        seen = [one for one in self.trainings if one.initial is not None]
        self._log.settings({"given": {"trainings": len(seen)}})
        if training is not None:
            training.count_unseen()
            self._tell_fed(training)
            ended, found = self._end_training(training)
            metrics, nothing_drawn = training.metrics, draws_nothing(training, found)
        elif self._of_torch is not None:
            self._log.optimizer(self._of_torch)
        loss, stayed_finite = metrics.get("loss", 0.0), found.get("finite", {}).get("ok", True)
        metrics = dict(metrics, **{scenario["metric"]: outcome})
        epoch = training.epoch if training is not None else 0
        self._log.epoch(epoch, metrics, gaps={})
        now = time.time()
        began = self._log.began or now
        self.events.emit("seconds", phase="setup", seconds=began - self._clock)
        self.events.emit("seconds", phase="training", seconds=now - began)
        self._log.result(
            scenario,
            outcome,
            loss,
            stayed_finite,
            metrics=metrics,
            invariants={},
            audits=found,
            ended=ended,
            generators=generators,
            draws_nothing=nothing_drawn,
            numbers=[{"where": where, "value": value} for where, value in numbers],
        )

    def _end_training(self, training):
        """Keep the final weights; return their digest, and the audits."""
        final = training.final or training.adapter.weights(training.model)
        if self._counts_elsewhere(training):  # of several trainings one counts: what was kept of it stands in its place
            self._say_begin(training)
            for epoch in training.history:
                self._log.epoch(gaps={}, **epoch)
        source, place = self._weights(training), os.path.join(self._folder, "weights")
        if os.path.isdir(place):
            shutil.rmtree(place)
        os.rename(source, place)
        save_arrays(os.path.join(place, "final.npz"), final)
        return digest_of_end(final), audits_of(training, final)

    def _counts_elsewhere(self, training):
        return training is not self.trainings[-1]

    # How a training goes on.

    def _training(self, kind, adapter, model, epochs, steps):
        training = Training(len(self.trainings) + 1, kind, adapter, model, epochs, steps)
        if kind != "fit":  # a loop of the script's own: the framework shuffles nothing
            self._log.settings({"framework": {"fit": {"shuffle": False}}})
        self.trainings.append(training)
        return training

    def _current(self, kind, adapter, model):
        """The training of this model that is under way in a loop; a new one where there is none."""
        for training in reversed(self.trainings):
            if training.model is model and training.kind == kind:
                return training
        return self._training(kind, adapter, model, None, None)

    def begin(self, training):
        """A training's weights stand; told once."""
        if training.initial is None:
            self._begin(training)
        for seen in training.streams.values():
            seen.starts()
        for begin in self.at_begin:
            begin()

    def _begin(self, training):
        adapter, model = training.adapter, training.model
        os.makedirs(self._weights(training), exist_ok=True)
        os.makedirs(os.path.join(self._folder, "graph"), exist_ok=True)
        build(adapter, model, training.shapes)
        self._take_over(adapter, model)
        training.initial = self._save(training, "initial")
        try:
            graphs.save(model, os.path.join(self._folder, "graph"))
            self._log.settings({"model": graphs.settings(model)})
        except Exception as error:  # a model that cannot describe itself trains all the same
            self.events.emit("not_described", why=str(error))
        kind = adapter.engine.kind_of_variables(adapter.variables(model).values())
        if kind is not None:
            self._log.settings({"framework": {"variables": kind}})
        if training.kind != "loop" and getattr(model, "optimizer", None) is not None:
            self._log.optimizer(model.optimizer)  # not before: reading it adds to a graph whose draws go by its size
        self._say_begin(training)

    def _say_begin(self, training):
        self._log.settings({"package": training.adapter.name})
        start = digests_of_start(training.initial)
        self._log.settings({"given": {"initial_weights": hashlib.sha256("".join(start).encode()).hexdigest()[:12]}})
        self._log.begin(training.epochs, training.steps, training.initial, training=training.number)

    def _take_over(self, adapter, model):
        """Begin with the initial weights of another run or script, where the job names one; each model once."""
        start = self._other.weights
        if self._job["seed"]["start"]:
            start = start_in(self._folder)
        if start is None or id(model) in self._taken:
            return
        self._taken.add(id(model))
        self._log.take_over(adapter, model, start, self._job["seed"]["ulp_copy"])

    def step(self, training, step, loss):
        """Within an epoch of fit so many batches are done; loss: their mean."""
        done = training.step_of_fit(step)
        self._log.progress(training.epoch, step)
        training.look_at(loss, training.epoch + 1, step)
        if done <= self._keep:
            self._save(training, f"step_{done:05d}")
            self._log.step(done, loss, training=training.number)

    def _step(self, training, loss):
        """A step of a loop of the script's own is done."""
        training.done += 1
        training.epoch = training.done
        if loss is not None:
            training.metrics = {"loss": loss}
            training.look_at(loss, training.done, training.done)
        if training.done <= self._keep and training.model is not None:
            self._save(training, f"step_{training.done:05d}")
            self._log.step(training.done, loss, training=training.number)
        self._log.progress(training.epoch, training.done)

    def epoch_end(self, training, epoch, logs):
        """An epoch of fit is over, counted from 1. logs: name → number."""
        training.end_epoch(epoch, logs)
        self._log.epoch(gaps={}, training=training.number, **training.history[-1])
        every = max(1, -(-training.epochs // MOST_CHECKPOINTS)) if self._keep else self._job["job"]["weights_every"]
        if every and epoch % every == 0:
            self._save(training, f"epoch_{epoch:05d}")

    def _optimizer(self, adapter, optimizer):
        """The optimizer of the script, with the settings that the configuration puts in the place of its own."""
        asked = self._job["optimizer"]
        if asked["name"] is None and asked["learning_rate"] is None and not asked["settings"]:
            return optimizer
        keras = adapter.keras
        own = keras.optimizers.get(optimizer)
        if asked["name"] is not None:
            return named.optimizer(keras, asked["name"], asked["learning_rate"], asked["settings"])
        config = dict(own.get_config(), **asked["settings"])
        if asked["learning_rate"] is not None:
            config["learning_rate" if "learning_rate" in config else "lr"] = asked["learning_rate"]
        return type(own).from_config(config)

    def _save(self, training, name):
        return save_weights(training.adapter, training.model, self._weights(training), name)

    def _weights(self, training):
        return os.path.join(self._folder, "trainings", str(training.number))

    def _cut(self, given, rows, training):
        """The batches that fit cuts of arrays in every epoch; empty, and missed, where that is not known.

        rows: on how many it trains.
        """
        arrays = handed.arrays_of(given.get("x"))
        if "batches" in training.streams:
            return []
        if not arrays or given.get("steps_per_epoch") is not None or (given.get("shuffle") and training.shuffled):
            training.fed.missed = True
            return []
        return Rows(arrays, handed.arrays_of(given.get("y"))).batches(np.arange(rows), given["batch_size"])

    def _watch_streams(self, training, given):
        """See what goes by of what is given to fit and is no array."""
        for name, told in (("x", "batches"), ("validation_data", "validation_data")):
            if streams.is_stream(given.get(name)):
                fed = training.fed if name == "x" else None
                seen = streams.Seen(name == "x" and self._keep > 0, fed, self._is_replay)
                shown = streams.shown(given[name], seen)
                if shown is not None:
                    given[name], training.streams[told] = shown, seen

    def _tell_fed(self, training):
        """What a training was fed, now that it has ended: what went by of streams; in a replay, all rows."""
        for name, seen in training.streams.items():
            counted = name == "batches" and training.kind == "fit"
            steps = training.steps_done if self._keep else training.steps_done[:1]
            told = seen.told(sum(steps) if counted else None)
            if told is not None:
                self._log.inputs({name: told})
        fed = training.fed.told(training.made_steps()) if self._is_replay else None
        if fed is not None:
            self._log.settings({"data": {"fed": {name: str(value) for name, value in fed.items()}}})

    def _tell_evaluated(self, told):
        """What one of the first calls of evaluate was given; a script may call it after every epoch."""
        first = self._evaluations * len(told)
        self._log.inputs({f"evaluate_{first + i}": one for i, one in enumerate(told) if one is not None})


def _first(returned):
    if isinstance(returned, dict):
        return returned.get("loss", next(iter(returned.values())))
    return returned[0] if isinstance(returned, (list, tuple)) else returned
