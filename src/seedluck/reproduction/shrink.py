"""The smallest problem on which two sides still differ: settings, epochs, rows, statements, digits.

Every step runs the very script that is handed out (Zeller and Hildebrandt 2002: delta debugging), so that nothing is
assumed of what it leaves away.
"""

import ast
import copy
import json
import re
from dataclasses import replace

import numpy as np

from seedluck.basics.errors import Unfinished
from seedluck.reproduction import writing as script
from seedluck.reproduction.source import CLASS, without_idle_start
from seedluck.search.ddmin import smallest

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256)
MOST_NUMBERS = 100_000  # of data, that a script is first tried with; what is left over are rows
AGAIN = 5  # how often a script must show it where a side races

PROBE = """
import json, os, sys
from collections import namedtuple
{imports}
Data = namedtuple("Data", "x y validation_x validation_y sample_weight")
Data.__new__.__defaults__ = (None, None, None)
np.random.seed({seed})
keras = {package}
{seeding}
given = keras.initializers.get
{model}
{helpers}
data = question.data()
m = question.model({variant!r})
X = data.x
def ready(m):
    try:
        return bool(m.built or m.weights)
    except ValueError:
        return False
built = ready(m) and ready(question.model({other!r}))
if not isinstance(X, list) and not ready(m):
    m.build((None,) + X.shape[1:])
told = dict(("start_%03d" % i, array) for i, array in enumerate(read(m)))
told["built"] = np.array([built])
told["draws"] = np.array([any(getattr(one, "rate", 0) or getattr(one, "stddev", 0) for one in m.layers)])
for name, part in (("x", data.x), ("y", data.y)):
    every = part if isinstance(part, list) else [part]
    told.update(("%s_%s_%03d" % (name, "list" if isinstance(part, list) else "one", i), a) for i, a in enumerate(every))
print(json.dumps(dict((name, [str(a.dtype), list(a.shape), a.ravel().tolist()]) for name, a in told.items())))
"""


class Shrinking:
    """Makes a problem smaller. programs: Programs. tell: called with a line for people.

    exact: problem → name of a side → final weights in float64, or None; reproduction/exact.py. departs: name of a
    side → whether it is to depart from these; None: not known. same: whether the sides are to end the same, as where
    the verdict was seed luck. races: whether a side's repeated runs differ.
    """

    def __init__(self, programs, tell, exact, departs: dict, same: bool, races: bool):
        self._programs, self._tell, self._exact, self._departs = programs, tell, exact, departs
        self._same, self._races, self.said = same, races, ""

    def shrunk(self, problem: script.Problem) -> script.Problem:
        """Return the smallest problem found. Raises Unfinished if a script of it does not show what was asked."""
        found = self._first_that_shows(problem)
        if found is None:
            raise Unfinished(
                "a script of the two sides, from one start and on the same rows, does not show what the verdict says"
                + (f": {self.said}" if self.said else "")
                + "; what sets them apart may lie in what they do not share there, as what each seed draws."
            )
        return self._digits(self._rows(self._epochs(self._settings(found))))

    def _first_that_shows(self, problem):
        """With rows in their own order, few epochs, or other initial weights, or all its epochs."""
        for epochs in dict.fromkeys((min(problem.epochs, 3), problem.epochs)):
            for seed in range(3):
                for candidate in (quiet for order in _orders(problem) for quiet in self._quiet(order, seed)):
                    probed = self._probed(replace(candidate, epochs=epochs), seed)
                    if probed and (shown := self._shown(probed)):
                        return shown
        return None

    def _quiet(self, problem, seed):
        """The problem, and before it the same with a setting at 0 that keeps layers from drawing, as dropout's rate."""
        probed = self._probed(problem, seed)
        if probed and probed.draws:
            for name, value in problem.settings.items():
                silent = replace(problem, settings={**problem.settings, name: 0.0})
                if isinstance(value, float) and (tried := self._probed(silent, seed)) and not tried.draws:
                    yield silent
        yield problem

    def _settings(self, problem):
        """Every number among the scenario's settings: whole ones, the smallest that will do; others, 0 if that will."""
        for name, value in problem.settings.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or "seed" in name:
                continue
            for size in [size for size in SIZES if size < value] if isinstance(value, int) else [0.0]:
                candidate = self._probed(replace(problem, settings={**problem.settings, name: size}))
                if candidate and (shown := self._shown(candidate)):
                    self._tell(f"{name} {size} instead of {value}")
                    problem = shown
                    break
        return problem

    def _epochs(self, problem):
        sizes = [size for size in SIZES if size < problem.epochs]
        return self._first(problem, [(replace(problem, epochs=size), f"{size} epochs") for size in sizes])

    def _rows(self, problem):
        """The first rows alone, as few as will do, and batches that are no larger."""
        rows = len(problem.y[0] if isinstance(problem.y, list) else problem.y)
        candidates = []
        for count in [size for size in SIZES if size < rows]:
            fewer = replace(problem, x=_first_rows(problem.x, count), y=_first_rows(problem.y, count))
            candidates.append((fewer, f"{count} rows"))
        problem = self._first(problem, candidates)
        rows = len(problem.y[0] if isinstance(problem.y, list) else problem.y)
        batches = tuple(min(size, rows) for size in problem.batches)
        return self._first(problem, [(replace(problem, batches=batches), f"batches of {batches[0]} rows")])

    def _digits(self, problem):
        candidates = []
        for digits in (1, 2, 3):
            numbers = {letter: _rounded(getattr(problem, letter), digits) for letter in ("x", "y", "start")}
            candidates.append((replace(problem, **numbers), f"{digits} digits of every number"))
        return self._first(problem, candidates)

    def _first(self, problem, candidates):
        """The first candidate, a problem and what to say of it, that shows it; the problem itself if none does."""
        for candidate, said in candidates:
            if shown := self._shown(candidate):
                self._tell(said)
                return shown
        return problem

    def pruned(self, problem: script.Problem) -> script.Problem:
        """Return the problem with the statements of its source that are needed for the same output."""
        expected = self._output(problem)
        if self._races or expected is None:
            return replace(problem, source=_used(problem.source))
        for removable in (_statements, _keywords, _statements):  # an argument that goes may leave a statement idle
            count = len(removable(problem.source))
            before = problem
            if not count:
                continue
            kept = smallest(
                range(count),
                lambda some, before=before, removable=removable: (
                    self._output(replace(before, source=_without(before.source, removable, some))) == expected
                ),
            )
            problem = replace(before, source=_without(before.source, removable, kept))
            self._tell(f"{len(kept)} of {count} {removable.__name__.strip('_')} are needed")
            problem = self._unbranched(problem, expected)
        problem = replace(problem, source=without_idle_start(problem.source))
        built = replace(problem, built=True)
        return built if self._output(built) == expected else problem

    def _unbranched(self, problem, expected):
        """The problem with every branch that is always taken in the place of its question."""
        number = 0
        while number < len(_branches(problem.source)):
            for taken in ("orelse", "body"):
                candidate = replace(problem, source=_taken(problem.source, number, taken))
                if self._output(candidate) == expected:
                    problem = candidate
                    break
            else:
                number += 1
        return problem

    def _output(self, problem):
        code, out, self.said = self._run(problem)
        return out if code == int(not self._same) else None

    def _run(self, problem):
        try:
            text = script.text(problem)
        except SyntaxError:
            return 70, "", ""
        code, out, err = self._programs.run(text)
        return code, out, (err.strip().splitlines() or [""])[-1] if code not in (0, 1) else ""

    def _shown(self, problem):
        """The problem with its reference, if its script shows what was asked; else None."""
        problem = replace(problem, reference={})
        for _ in range(AGAIN if self._races else 1):
            code, _, self.said = self._run(problem)
            if code != int(not self._same):
                return None
        problem = replace(problem, reference=self._exact(problem))
        _, out, self.said = self._run(problem)
        return problem if self._as_departed(problem, out) else None

    def _as_departed(self, problem, out):
        """Whether the sides depart from the reference, or do not, as they did in the sweep."""
        way = float(out.rpartition(" ")[2] or "nan")
        gaps = re.findall(r"from the reference in float64: (nan|inf|[\d.e+-]+)$", out, re.M)
        told = [name for name, weights in problem.reference.items() if weights is not None]
        seen = {name: not float(gap) <= script.SHARE * way for name, gap in zip(told, gaps, strict=True)}
        return all(self._departs.get(name) in (None, departs) for name, departs in seen.items())

    def _probed(self, problem, seed=0):
        """The problem with its data and initial weights, by the settings that it has; None if it cannot be built."""
        helpers = script.helpers(problem, ["read(m)"], probe=True)
        program = PROBE.format(
            imports="\n".join(script.imports(problem)),
            seed=seed,
            package=script.first_package(problem),
            seeding=script.seeding(problem, seed),
            model=ast.unparse(problem.source),
            helpers="\n".join(helpers),
            variant=problem.configs[0]["variant"],
            other=problem.configs[1]["variant"],
        )
        code, out, err = self._programs.run(program)
        if code:
            self.said = (err.strip().splitlines() or [""])[-1]
            return None
        told = json.loads(out.splitlines()[-1])
        arrays = {name: np.array(values, kind).reshape(shape) for name, (kind, shape, values) in told.items()}
        parts = {}
        for letter in "xy":
            named = {name: array for name, array in sorted(arrays.items()) if name.startswith(f"{letter}_")}
            every = list(named.values())
            parts[letter] = every if next(iter(named)).startswith(f"{letter}_list") else every[0]
        start = [array for name, array in sorted(arrays.items()) if name.startswith("start_")]
        rows = max(1, MOST_NUMBERS * _rows_of(parts["y"]) // max(1, _numbers(parts)))
        parts = {letter: _first_rows(part, rows) for letter, part in parts.items()}
        built, draws = (bool(arrays[name][0]) for name in ("built", "draws"))
        return replace(problem, **parts, start=start, built=built, draws=draws)


def _orders(problem):
    """The problem, and before it the same in the rows' own order where both sides shuffle."""
    shuffles = [config["framework"]["shuffle"] != "none" for config in problem.configs]
    unshuffled = {
        name: {**config, "framework": {**config["framework"], "shuffle": "none"}}
        for name, config in problem.sides.items()
    }
    return [*([replace(problem, sides=unshuffled)] if all(shuffles) else []), problem]


def _numbers(parts):
    """How many numbers arrays and lists of arrays hold together."""
    return sum(array.size for part in parts.values() for array in (part if isinstance(part, list) else [part]))


def _rows_of(part):
    return max(1, len(part[0] if isinstance(part, list) else part))


def _first_rows(arrays, count):
    return [array[:count] for array in arrays] if isinstance(arrays, list) else arrays[:count]


def _rounded(arrays, digits):
    if isinstance(arrays, list):
        return [_rounded(array, digits) for array in arrays]
    return np.round(arrays, digits) if arrays.dtype.kind == "f" else arrays


def _statements(tree):
    """(owner, field, node) of every statement that may go: whole functions and classes first."""
    found = []
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            several = getattr(node, field, None)
            for one in several if isinstance(several, list) else ():
                if isinstance(one, ast.stmt) and not isinstance(one, ast.Pass) and not _is_the_question(one):
                    found.append((node, field, one))
    return found


def _keywords(tree):
    """(owner, field, node) of every keyword argument of a call."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(call, "keywords", one) for call in calls for one in call.keywords]


def _is_the_question(node):
    return (isinstance(node, ast.ClassDef) and node.name == CLASS) or getattr(node, "name", "") == "model"


def _branches(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.If)]


def _taken(tree, number, field):
    """A copy of a tree in which one branch stands in the place of its question."""
    tree = copy.deepcopy(tree)
    branch = _branches(tree)[number]
    instead = getattr(branch, field) or [ast.Pass()]
    for owner in ast.walk(tree):
        for name in ("body", "orelse"):
            several = getattr(owner, name, None)
            if isinstance(several, list) and branch in several:
                place = several.index(branch)
                several[place : place + 1] = instead
    return ast.fix_missing_locations(tree)


def _without(tree, removable, kept):
    """A copy of a tree that has only these of its removable nodes."""
    tree = copy.deepcopy(tree)
    for number, (owner, field, node) in enumerate(removable(tree)):
        if number not in kept:
            left = [one for one in getattr(owner, field) if one is not node]
            needs_one = field == "body" and not left
            setattr(owner, field, [ast.Pass()] if needs_one else left)
    return ast.fix_missing_locations(tree)


def _used(tree):
    """A copy without ``data``, which the script has in numbers."""
    tree = copy.deepcopy(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if getattr(one, "name", "") != "data"]
    return tree
