"""A case as a script of its own, which needs NumPy and the framework alone.

``python -m seedluck_worker.cases.standalone CASE MODULE BACKEND`` prints it. It carries the text of the functions
that the case calls, and of whatever they use of this catalogue and of formulas/; of tables only the rows that the
case needs.
"""

import ast
import copy
import functools
import importlib
import sys
from pathlib import Path

from seedluck_worker.cases import catalogue

HEAD = '''"""{case}

Prints what {module} computes and what the formula says. Exits with 1 while the two differ.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "{backend}")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import sys

{imports}
import {module} as keras
'''
TAIL = '''
arguments = {arguments}
given = {inputs}(**arguments)
version = keras.__version__
told = {compute}(Stack(keras, "{backend}"), given, **arguments)
exact = {{name: array.astype("float64") if array.dtype.kind == "f" else array for name, array in given.items()}}
readings = [{formula}(exact, **{{**arguments, **reading}}) for reading in {readings}]


def apart(told, wanted):
    """The largest difference, as a share of the largest value; infinite where shapes differ."""
    shares = []
    for name, value in wanted.items():
        if np.shape(told[name]) != np.shape(value):
            return np.inf
        if np.size(value):
            shares.append(np.max(np.abs(told[name] - value)) / max(np.max(np.abs(value)), 1e-30))
    return max(shares)


wanted = min(readings, key=lambda reading: apart(told, reading))
for name in wanted:
    print(name, "computed:", np.asarray(told[name]).tolist(), "formula: ", np.asarray(wanted[name]).tolist(), sep="\\n")
share = apart(told, wanted)
print("{module}", version, "differs from the formula by", share, "of the largest value")
sys.exit(int(not share < 1e-4))  # rounding stays far below
'''


def main(name, module, backend):
    case = catalogue([name.partition(" ")[0]])[name]
    imports, texts = set(), {}
    source = f"seedluck_worker.cases.{case.family}"
    words = {text.lower() for text in _texts(case.arguments)}
    for function in (case.inputs, case.compute, case.formula):
        _carry(source, function.__name__, imports, texts, words)
    _carry("seedluck_worker.adapters.stack", "Stack", imports, texts, words)
    ordered = [_without_unused(text, texts.values()) for _, text in sorted(texts.values(), key=lambda one: one[0])]
    names = {"inputs": case.inputs.__name__, "compute": case.compute.__name__, "formula": case.formula.__name__}
    tail = TAIL.format(
        arguments=repr(case.arguments),
        module=module,
        backend=backend,
        readings=list(case.readings),
        **names,
    )
    head = HEAD.format(case=case.name, module=module, backend=backend, imports="\n".join(sorted(imports)))
    sys.stdout.write(head + "\n\n" + "\n\n\n".join(ordered) + "\n\n" + tail)


def _carry(module, name, imports, texts, words):
    """Add the text of a name of a module, and of all that it uses. texts: (module, number) → (place, text)."""
    lines, body = _read(module)
    for number, node in enumerate(body):
        if name not in _bound(node):
            continue
        several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)
        key = module, number, name if several else None
        if key in texts:
            return
        if isinstance(node, ast.ImportFrom) and node.module.startswith("seedluck_worker."):
            _carry(node.module, name, imports, texts, words)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.add(ast.unparse(node))
        else:
            if several:  # of several constants in a line, another module may have one of the same name
                at = [target.id for target in node.targets[0].elts].index(name)
                node = ast.Assign([ast.Name(name, ast.Store())], node.value.elts[at], lineno=node.lineno)
                text = ast.unparse(node)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                node = copy.deepcopy(node)
                _keep(node.value, words)
                text = ast.unparse(node)
            else:
                text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            others = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)} - {name}
            texts[key] = ((isinstance(node, ast.Assign), module, number), text)
            for other in sorted(others):
                _carry(module, other, imports, texts, words)
        return


@functools.lru_cache(maxsize=None)
def _read(module):
    """A module's lines, and its statements."""
    source = Path(importlib.import_module(module).__file__).read_text(encoding="utf-8")
    return source.splitlines(), ast.parse(source).body


def _without_unused(text, texts):
    """A class without the methods that no text calls."""
    tree = ast.parse(text)
    if isinstance(tree.body[0], ast.ClassDef):
        called = {
            found.attr for _, one in texts for found in ast.walk(ast.parse(one)) if isinstance(found, ast.Attribute)
        }
        kept = [one for one in tree.body[0].body if getattr(one, "name", "__init__") in {*called, "__init__"}]
        tree.body[0].body = kept
        return ast.unparse(tree)
    return text


def _keep(table, words):
    """Leave of a table the rows whose key the case names; all of them where it names none."""
    kept = [i for i, key in enumerate(table.keys) if isinstance(key, ast.Constant) and str(key.value).lower() in words]
    if kept:
        table.keys, table.values = [table.keys[i] for i in kept], [table.values[i] for i in kept]


def _bound(node):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {found.id for target in node.targets for found in ast.walk(target) if isinstance(found, ast.Name)}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    return set()


def _texts(value):
    """Every text within arguments."""
    if isinstance(value, dict):
        return [text for one in [*value, *value.values()] for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


if __name__ == "__main__":
    main(*sys.argv[1:])
