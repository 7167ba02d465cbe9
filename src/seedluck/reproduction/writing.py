"""The text of ``reproduce.py``: NumPy, the framework, two sides and what tells them apart."""

import ast
import re
import textwrap
from dataclasses import dataclass, field

import numpy as np

from seedluck.config.locks import locked
from seedluck.reproduction.path_text import lines
from seedluck.reproduction.source import CLASS, without_draws

LONGEST = 80  # lines that one reads at a sitting
SHARE = 0.01  # of the way that the weights went, from which on the two sides differ


@dataclass
class Problem:
    """What a script trains. Everything is small enough to be written out.

    sides: name → resolved configuration. seen: name → parameters of a run of it. source, loss: of
    reproduction/source.py. settings: of the scenario. batches: rows, of each side. x, y: arrays or lists of arrays.
    start: the initial weights, a list of arrays in the model's order. reference: name → final weights in float64, or
    None where there are none. tries: how often both sides may be tried until they differ, where one of them races.
    built: whether a model has its weights once it is made. draws: whether a layer draws while it trains, as dropout
    does. head: what stands above everything. import_path: folders in which a path of somebody's own is looked for.
    """

    sides: dict
    seen: dict
    source: ast.Module
    loss: object
    settings: dict
    epochs: int
    batches: tuple[int, int]
    x: object = None
    y: object = None
    start: list = field(default_factory=list)
    reference: dict = field(default_factory=dict)
    tries: int = 1
    built: bool = True
    draws: bool = False
    head: str = ""
    import_path: list = field(default_factory=list)

    @property
    def configs(self):
        """The two sides' configurations."""
        return list(self.sides.values())

    @property
    def graph_mode(self):
        """Whether this is TensorFlow 1."""
        return "eager" not in self.configs[0]["runtime"]["features"] and self.backend == "tensorflow"

    @property
    def backend(self):
        """What Keras computes with."""
        return self.configs[0]["runtime"]["backend"]


_ASSIGNED = "keras.backend.batch_set_value(list(zip(variables(m), START)))"
# Of two packages in one script, how each is imported and called.
_IMPORTED = {"tensorflow.keras": "", "keras": "import keras as standalone"}
_PACKAGES = {"tensorflow.keras": "tf.keras", "keras": "standalone"}


def first_package(problem: Problem) -> str:
    """Return what the first side's Keras is called."""
    modules = list(packages(problem).values())
    return _PACKAGES.get(modules[0], modules[0]) if len({*modules}) > 1 else "keras"


def packages(problem: Problem) -> dict:
    """Return name of a side → the module that is its Keras."""
    return {
        name: config["runtime"]["packages"][config["framework"]["package"]] for name, config in problem.sides.items()
    }


def imports(problem: Problem) -> list[str]:
    """Return the lines that import what the script needs; ``keras`` is the first side's."""
    modules = list(dict.fromkeys(packages(problem).values()))
    lines_of_imports = ["import numpy as np", *(["import tensorflow as tf"] if problem.backend == "tensorflow" else [])]
    if len(modules) > 1:  # whose names a side's function makes one
        others = (_IMPORTED.get(module, f"import {module}") for module in modules)
        return [*lines_of_imports, *filter(None, others)]
    as_keras = "from tensorflow import keras" if modules == ["tensorflow.keras"] else f"import {modules[0]} as keras"
    return [*lines_of_imports, as_keras.replace("import keras as keras", "import keras")]


def seeding(problem: Problem, seed: int) -> str:
    """Return the line that seeds the framework."""
    if problem.backend != "tensorflow":
        return f"keras.utils.set_random_seed({seed})"
    return f"tf.compat.v1.set_random_seed({seed})" if problem.graph_mode else f"tf.random.set_seed({seed})"


def model(problem: Problem) -> list[str]:
    """Return the scenario's class."""
    return ast.unparse(without_draws(problem.source)).splitlines()


def text(problem: Problem) -> str:
    """Return the script. Raises Mistake for a setting that cannot be written."""
    modules = packages(problem)
    several = len(set(modules.values())) > 1
    written = {name: _side(problem, name) for name in problem.sides}
    (one, a), (other, b) = written.items()
    variants = [config["variant"] for config in problem.configs]
    shared = [line.replace(repr(variants[0]), "variant") for line in a] == [
        line.replace(repr(variants[1]), "variant") for line in b
    ]
    parts = [f'"""{problem.head}\n"""\n' if problem.head else "", *imports(problem)]
    parts += ["", *_constants(problem), "", *model(problem), "", *helpers(problem, [*a, *b])]
    calls, handed = [], [_PACKAGES.get(module, module) if several else "" for module in modules.values()]
    argument = "package" if several else ""
    if a == b:
        parts += [f"def train({argument}):", *_indented(a)]
        calls = [f"train({package})" for package in handed]
    elif shared and not several:
        parts += ["def train(variant):", *_indented(line.replace(repr(variants[0]), "variant") for line in a)]
        calls = [f"train({variant!r})" for variant in variants]
    else:
        for letter, code in (("a", a), ("b", b)):
            parts += [f"def train_{letter}({argument}):", *_indented(code)]
            calls.append(f"train_{letter}({handed['ab'.index(letter)]})")
    parts += ["", "def both():", f"    return {{{one!r}: {calls[0]}, {other!r}: {calls[1]}}}"]
    return "\n".join(_aired("\n".join([*parts, *_end(problem)]).splitlines())) + "\n"


def _aired(written):
    """The lines, of which a script that is too long loses the empty ones: those in a class first, then all."""
    if len(written) > LONGEST:
        pairs = zip(written, [*written[1:], ""], strict=True)
        written = [line for line, following in pairs if line or not following.startswith("    ")]
    return written if len(written) <= LONGEST else [*filter(None, written)]


def _side(problem, name):
    """The lines of the function that trains one side."""
    config = problem.sides[name]
    late = problem.graph_mode and not problem.built  # where only fit makes the weights of such a model
    made = f"question.model({config['variant']!r})"
    code = [f"m = {made}" if late else f"m = begun({made})"]
    if late:
        code.append(f"begin = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: {_ASSIGNED})")
    if len(set(packages(problem).values())) > 1:
        code = ["global keras", "keras = package", *code]
    asked = config["scenario"]["loss"] or problem.loss
    loss = "question.loss" if asked is None else _loss(asked)
    loss_of = loss if asked is None else _loss_of(asked, problem)
    batch = problem.batches[list(problem.sides).index(name)]
    path = lines(
        config,
        problem.import_path,
        _optimizer(config, problem.seen[name]),
        loss,
        loss_of,
        problem.graph_mode,
        batch,
    )
    if config["framework"]["name"] == "estimator":  # which finds variables by their names, and so needs them unnumbered
        code = ["keras.backend.clear_session()", *code]
    if problem.draws or any("shuffle=True" in line or ".shuffle(" in line for line in path):
        code = ["np.random.seed(0)", seeding(problem, 0), *code]
    if late:
        path = [line.replace("verbose=0", "verbose=0, callbacks=[begin]") for line in path]
    if not isinstance(problem.x, list):
        path = [re.sub(r"rows\(([^,]+), (order\[[^\]]+\])\)", r"\1[\2]", line) for line in path]
    code += [line.replace("EPOCHS", str(problem.epochs)) for line in path]
    if not code[-1].startswith("return"):
        code.append("return read(m)")
    return code


def _loss(asked):
    if isinstance(asked, dict):
        return f"keras.losses.{asked['class_name']}({_arguments(asked.get('config') or {})})"
    return repr(asked)


LOSSES = {"mse": "MeanSquaredError", "mae": "MeanAbsoluteError"}


def _loss_of(asked, problem):
    if isinstance(asked, dict):
        return _loss(asked)
    if problem.graph_mode:
        return f"lambda t, p: keras.backend.mean(keras.losses.get({asked!r})(t, p))"
    name = LOSSES.get(asked) or "".join(part.title() for part in asked.split("_"))
    return f"keras.losses.{name}()"


def _optimizer(config, params):
    seen = params.get("resolved.optimizer.class", config["optimizer"]["name"]).rpartition(".")[2]
    rate = config["optimizer"]["learning_rate"]
    key = "lr" if "resolved.optimizer.lr" in params else "learning_rate"
    if isinstance(rate, dict):
        rate = f"keras.optimizers.schedules.{rate['class_name']}({_arguments(rate.get('config') or {})})"
    else:
        rate = repr(rate)
    given = {name: value for name, value in config["optimizer"]["settings"].items() if value not in (None, 0, False)}
    arguments = ([] if rate == "None" else [f"{key}={rate}"]) + ([_arguments(given)] if given else [])
    module = "tf.compat.v1.train" if seen.endswith("Optimizer") else "keras.optimizers"
    return f"{module}.{seen}({', '.join(arguments)})"


def _arguments(config):
    return ", ".join(f"{name}={value!r}" for name, value in config.items())


def _constants(problem):
    numbers = [
        f"X = {_written(problem.x)}",
        "Y = X" if _same(problem.x, problem.y) else f"Y = {_written(problem.y)}",
        f"START = [{', '.join(_array(array) for array in problem.start)}]",
    ]
    if problem.reference:
        said = ", ".join(
            f"{name!r}: {[np.round(one, 9).tolist() for one in every]}"
            for name, every in problem.reference.items()
            if every is not None
        )
        numbers.append(f"REFERENCE = {{{said}}}")
    return numbers


def _same(x, y):
    return not isinstance(x, list) and not isinstance(y, list) and np.array_equal(x, y) and x.dtype == y.dtype


def _written(arrays):
    if isinstance(arrays, list):
        return f"[{', '.join(map(_array, arrays))}]"
    return _array(arrays)


def _array(array):
    numbers = np.array2string(array, separator=", ", threshold=10**6, max_line_width=10**6, precision=9)
    numbers = " ".join(numbers.split()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({numbers}, '{array.dtype}')"


def helpers(problem: Problem, code: list[str], probe: bool = False) -> list[str]:
    """Return what the rest calls. code: the rest. probe: whether weights are drawn, and not the script's numbers."""
    said = [
        f"question = Question({_arguments(problem.settings)})" if _takes_settings(problem) else "question = Question()",
        "",
        "def variables(model):",
        "    every = [v for layer in [*model.layers, model] for v in layer.weights]",
        "    return list({id(v): v for v in every}.values())",
        "",
    ]
    if not probe and any("given" in line for line in model(problem)):
        said += [
            "def given(shape=None, dtype=None, **kwargs):",
            "    return given if shape is None else next(a for a in START if a.shape == tuple(shape))",
            "",
        ]
    if any("begun(" in line for line in code):
        build = [] if problem.built else ["    if not m.built:", "        m.build((None,) + X.shape[1:])"]
        each = [f"    {_ASSIGNED}"]
        if not problem.graph_mode:
            each = ["    for v, value in zip(variables(m), START):", "        v.assign(value)"]
        said += ["def begun(m):", *build, *each, "    return m", ""]
    if any("read(m)" in line for line in code):
        read = (
            "keras.backend.batch_get_value(variables(model))"
            if problem.graph_mode
            else "[v.numpy() for v in variables(model)]"
        )
        said += ["def read(model):", f"    return {read}", ""]
    if isinstance(problem.x, list) and any("rows(" in line for line in code):
        said += ["def rows(x, i):", "    return [a[i] for a in x] if isinstance(x, list) else x[i]", ""]
    if any("RANDOM" in line for line in code):
        said += ["RANDOM = np.random.RandomState(0)", ""]
    return said


def _takes_settings(problem):
    own = next(node for node in problem.source.body if isinstance(node, ast.ClassDef) and node.name == CLASS)
    return any(getattr(node, "name", "") == "__init__" for node in own.body)


def _end(problem):
    code = [
        "",
        "def gap(a, b):",
        "    return max(np.abs(np.array(x, 'float64') - np.array(y)).max() for x, y in zip(a, b))",
        "",
    ]
    several = problem.tries > 1
    inner = [
        "ended = both()",
        "ways = [gap(weights, START) for weights in ended.values()]",
        "apart, way = gap(*ended.values()), max([one for one in ways if np.isfinite(one)] + [0])",
    ]
    differs = f"not apart <= {SHARE} * way"
    if several:
        code += [f"for attempt in range({problem.tries}):  # one side races, so that not every run shows it"]
        code += [*_indented([*inner, f"differs = {differs}"])[:-1], "    if differs:", "        break"]
    else:
        code += inner
    code += [
        "for name, weights in ended.items():",
        "    print(name, [np.round(np.array(w, 'float64'), 6).tolist() for w in weights])",
    ]
    if problem.reference:
        known = "gap(weights, REFERENCE[name]) if name in REFERENCE else 'not known'"
        code.append(f"    print('  from the reference in float64:', {known})")
    code.append("print('apart', apart, 'of a way of', way)")
    code.append(f"raise SystemExit(int({'differs' if several else differs}))  # NaN is a difference")
    return code


def _indented(code):
    return [*(textwrap.indent(line, "    ") for line in code), ""]


def operations(configs: list[dict]) -> str:
    """Return what matrices are multiplied with, as code: Keras's own since version 3, if both sides have that."""
    newest = locked(configs[0]["runtime"]).get("keras", "").startswith("3.")
    own = newest and all(config["framework"]["package"] == "keras" for config in configs)
    return "keras.ops" if own else "tf"
