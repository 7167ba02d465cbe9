"""What became of each seed that one program trained: measured and told as observing/recorder.py does of a run.

The first seed of a job has a model and a recorder of its own, as every run has. Of the others there is only what the
program tells: weights and answers at the ends of some epochs.
"""

import copy
import os

import numpy as np

from seedluck_worker.adapters.toolkit import Toolkit
from seedluck_worker.observing import audits
from seedluck_worker.observing.events import save_arrays
from seedluck_worker.observing.gaps import Gaps
from seedluck_worker.observing.training_log import TrainingLog, digest_of_end
from seedluck_worker.shared.refusals import Mistake

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of seeds, which curves in MLflow are of
MEASURED = 10  # times that a seed among many is measured while it trains


def epochs_apart(epochs):
    """Return after how many epochs seeds are measured: a divisor of all where one is near."""
    least = -(-epochs // MEASURED)
    return next((n for n in range(least, 2 * least) if epochs % n == 0), least)


class _Asking(Toolkit):
    """A kit that writes down of which rows answers are asked, and how many numbers they are.

    asked: list of arrays, or of lists of them. sizes: of the answers.
    """

    def predict(self, model, x, rows_at_once=4096):
        answers = super().predict(model, x, rows_at_once)
        if not any(_same(x, one) for one in self.asked):
            self.asked.append(x)
            self.sizes += [part.size for part in (answers if isinstance(answers, list) else [answers])]
        return answers


class _Held(Toolkit):
    """A kit whose answers and weights are told. held: name → array. answers: as many as asked."""

    def predict(self, model, x, rows_at_once=4096):
        for rows, answer in zip(self.asked, self.answers):
            if _same(x, rows):
                return answer
        raise Mistake(
            "scenario.measure asks the model about rows that depend on its weights; allowed on the path "
            "framework=ensemble: rows that stay the same; the nearest valid choice is framework=keras."
        )

    def weights(self, model):
        return self.held


def asked(member, scenario, data):
    """Return the rows of which a scenario's measurement asks the answers, and how many numbers these are.

    scenario: is not changed.
    """
    kit, scenario = _as(member.kit, _Asking, asked=[], sizes=[]), pristine(scenario)
    kit.build(member.model, data.x)
    scenario.measure(kit, member.model, data)
    scenario.invariants(kit, member.model)
    return kit.asked, sum(kit.sizes)


def pristine(scenario):
    """Return a copy to measure with, since a scenario may keep what it has measured; its arrays are not copied."""
    arrays = {id(value): value for value in vars(scenario).values() if isinstance(value, np.ndarray)}
    return copy.deepcopy(scenario, arrays)


def tell(member, program, told, order):
    """Tell a seed's recorder, which has begun, what the program told of this seed. order: rows of its first epoch."""
    kit, recorder, model = member.kit, member.recorder, member.model
    names = list(kit.variables(model))
    recorder.order(order)
    for i in range(len(told["steps"][0]) if "steps" in told else 0):
        kit.write(model, dict(zip(names, (of_steps[i] for of_steps in told["steps"]))))
        recorder.batch_end(i % program.steps_an_epoch + 1, told["first_loss"] if i == 0 else None)
        if (i + 1) % program.steps_an_epoch == 0:
            _tell_epoch(member, program, told, names, (i + 1) // program.steps_an_epoch)
    if "steps" not in told:
        recorder.batch_end(1, told["first_loss"])
    done = len(told["steps"][0]) // program.steps_an_epoch if "steps" in told else 0
    for epoch in program.epochs:
        if epoch > done:
            _tell_epoch(member, program, told, names, epoch)
    kit.write(model, dict(zip(names, told["ended"])))


def _tell_epoch(member, program, told, names, epoch):
    at = program.epochs.index(epoch)
    member.kit.write(member.model, dict(zip(names, (weight[at] for weight in told["weights"]))))
    member.recorder.epoch_end(epoch, float(told["loss"][epoch - 1]))


class Story:
    """Measures seeds that were trained together. first: the member made for the first seed. scenario: not yet measured
    with. program: Program."""

    def __init__(self, first, scenario, data, job, program):
        self._first, self._scenario, self._data, self._job, self._program = first, scenario, data, job, program
        self._names = list(first.kit.variables(first.model))
        self._curves = {"seeds": [], "loss": []}
        first.recorder.compiled(program.optimizer())
        first.recorder.begin(first.model)
        self._trainable = [
            name
            for name, one in first.kit.variables(first.model).items()
            if id(one) in {id(variable) for variable in first.model.trainable_weights}
        ]

    def take(self, seeds, told, order, events_of):
        """Measure seeds. told: of each, as Program tells. order: rows of the first epoch.

        events_of: seed → where its events go.
        """
        for i, seed in enumerate(seeds):
            of_seed = {name: part[i] for name, part in told.items()}
            if seed == self._job["seeds"][0]:
                tell(self._first, self._program, of_seed, order)
            self._measure(seed, of_seed, events_of)

    def end(self, folder, events):
        """Write what was measured of all seeds over their epochs, and say how it is distributed at each.

        The file ``curves.npz``: ``seeds``, ``epochs`` (those measured), ``loss`` of shape (seeds, all epochs), and
        ``measured/NAME`` of shape (seeds, epochs measured). An event ``quantiles`` an epoch: name → a number for each
        of QUANTILES, of the seeds that are finite there.
        """
        arrays = {name: np.array(values) for name, values in self._curves.items()}
        arrays["epochs"] = np.array([0, *self._program.epochs])
        save_arrays(os.path.join(folder, "curves.npz"), arrays)
        for at, epoch in enumerate(arrays["epochs"]):
            told = {n.partition("/")[2]: of[:, at] for n, of in arrays.items() if n.startswith("measured/")}
            if epoch:
                told["loss"] = arrays["loss"][:, epoch - 1]
            finite = {name: values[np.isfinite(values)] for name, values in told.items()}
            quantiles = {n: list(np.quantile(of, QUANTILES)) for n, of in finite.items() if of.size}
            events.emit("quantiles", epoch=int(epoch), of=list(QUANTILES), values=quantiles)

    def _measure(self, seed, told, events_of):
        scenario, job, names = pristine(self._scenario), self._job, self._names
        kit = _as(self._first.kit, _Held, asked=self._program.asked, held={}, answers=[])
        gaps, curves = Gaps(job["scenario"]["invariant_tolerance"]), []
        moments = [(0, told["begun"], told["begun_answers"])]
        for at, epoch in enumerate(self._program.epochs):
            weights = [weight[at] for weight in told["weights"]]
            moments.append((epoch, weights, [_at(answer, at) for answer in told["answers"]]))
        for epoch, weights, answers in moments:
            kit.held, kit.answers = dict(zip(names, weights)), answers
            measured = {n: float(v) for n, v in scenario.measure(kit, self._first.model, self._data).items()}
            gaps.take(epoch, {n: float(gap) for n, gap in scenario.invariants(kit, self._first.model).items()})
            curves.append(measured)
        loss = float(told["loss"][-1])
        self._curves["seeds"].append(seed)
        self._curves["loss"].append(told["loss"])
        for name in measured:
            self._curves.setdefault("measured/" + name, []).append([one[name] for one in curves])
        if seed == job["seeds"][0]:
            return
        log = TrainingLog(events_of(seed))
        metrics = dict(loss=loss, **measured)
        begun, ended = (dict(zip(names, told[name])) for name in ("begun", "ended"))
        log.begin(job["scenario"]["epochs"], self._program.steps_an_epoch, begun)
        log.epoch(job["scenario"]["epochs"], metrics, gaps.last)
        outcome = metrics[job["scenario"]["metric"]]
        found = {
            "unmoved": audits.unmoved(begun, ended, self._trainable),
            "finite": audits.finite(self._not_finite(told)),
        }
        log.result(
            job["scenario"],
            outcome,
            loss,
            found["finite"]["ok"] is not False,
            audits=found,
            ended=digest_of_end(ended),
            metrics=metrics,
            invariants=gaps.invariants(),
        )

    def _not_finite(self, told):
        """The first step whose loss is not finite, and a variable that is not at the next epoch's end."""
        step = int(told["not_finite"])
        if not step:
            return None
        epoch = (step - 1) // self._program.steps_an_epoch + 1
        at = next(i for i, one in enumerate(self._program.epochs) if one >= epoch)
        broken = [name for name, weight in zip(self._names, told["weights"]) if not np.all(np.isfinite(weight[at]))]
        return {
            "epoch": epoch,
            "step": (step - 1) % self._program.steps_an_epoch + 1,
            "variable": (broken or ["the loss"])[0],
        }


def _as(kit, kind, **attributes):
    """The same kit with other methods."""
    kit = copy.copy(kit)
    kit.__class__ = kind
    kit._scores = None
    vars(kit).update(attributes)
    return kit


def _at(answer, at):
    return [part[at] for part in answer] if isinstance(answer, (list, tuple)) else answer[at]


def _same(x, other):
    if x is other:
        return True
    if isinstance(x, list) or isinstance(other, list):
        return isinstance(x, list) and isinstance(other, list) and all(map(_same, x, other))
    return x.shape == other.shape and x.dtype == other.dtype and np.array_equal(x, other)
