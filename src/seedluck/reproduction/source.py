"""A scenario's own code as plain code: without its kit, its measurements and its comments."""

import ast
import copy
from pathlib import Path

from seedluck.basics.errors import Mistake
from seedluck.config.sources import module_file

KEPT = ("__init__", "model", "loss", "data")
CLASS = "Question"
GIVEN = "given"  # what draws a weight: by its Keras name here, from the script's numbers in a script


def plain(scenario: dict, import_path: list[str], backend: str, ops: str) -> tuple[ast.Module, object]:
    """Return the module that holds a scenario's class, as a syntax tree in which only the framework is left; its loss.

    The loss is the class's by name, or None where it computes its own.

    The class is called ``Question`` and has ``__init__``, ``data``, ``model(variant)`` and, if it computes its loss
    itself, ``loss(targets, predictions)``. ``kit.keras`` became ``keras``, an initializer ``given(name)``, and
    dropout is Keras's. backend: what Keras computes with. ops: what ``kit.ops`` is, as code. Raises Mistake if the
    source cannot be read.
    """
    file = module_file(scenario["_target_"], import_path)
    name = scenario["_target_"].rpartition(".")[2]
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
        (own,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    except (OSError, SyntaxError, TypeError, ValueError) as error:
        raise Mistake(
            f"the source of {scenario['_target_']} cannot be read ({error}); allowed: a scenario whose class stands in "
            "one Python file; the nearest valid choice is to put it there."
        ) from error
    loss = _loss(own)
    own.name, own.bases = CLASS, []
    own.body = [node for node in own.body if isinstance(node, ast.FunctionDef) and node.name in KEPT]
    tree.body = [node for node in tree.body if not _is_the_projects(node)]
    tree = _Plain(backend, ops).visit(_without_words(tree))
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import) or node.names[0].name != "numpy"]
    return ast.fix_missing_locations(tree), loss


def _loss(own):
    """The loss that a class names; that of Scenario where it names none; None of a method."""
    if any(isinstance(node, ast.FunctionDef) and node.name == "loss" for node in own.body):
        return None
    named = [node for node in own.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "loss"]
    return ast.literal_eval(named[0].value) if named else "mse"


def _is_the_projects(node):
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seedluck_worker.")


def _without_words(tree):
    """Without docstrings; comments are not in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            words = [one for one in node.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
            node.body = [one for one in node.body if one not in words] or [ast.Pass()]
    return tree


def without_draws(tree: ast.Module) -> ast.Module:
    """Return a copy in which ``given`` is the initializer, whatever it was asked for."""

    class Named(ast.NodeTransformer):
        def visit_Call(self, node):
            self.generic_visit(node)
            return node.func if isinstance(node.func, ast.Name) and node.func.id == GIVEN else node

    return ast.fix_missing_locations(Named().visit(copy.deepcopy(tree)))


def without_idle_start(tree: ast.Module) -> ast.Module:
    """Return a copy whose class has no ``__init__`` that does nothing."""
    tree = copy.deepcopy(tree)
    for own in [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == CLASS]:
        own.body = [
            node
            for node in own.body
            if getattr(node, "name", "") != "__init__" or not isinstance(node.body[0], ast.Pass) or len(node.body) > 1
        ]
    return tree


class _Plain(ast.NodeTransformer):
    """Puts what the kit stands for in its place."""

    def __init__(self, backend, ops):
        self._backend, self._ops = backend, ops

    def visit_arguments(self, node):
        self.generic_visit(node)
        node.args = [one for one in node.args if one.arg != "kit"]
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if not (isinstance(node.value, ast.Name) and node.value.id == "kit"):
            return node
        if node.attr in ("Model", "Sequential"):
            return ast.parse(f"keras.models.{node.attr}", mode="eval").body
        if node.attr == "keras":
            return ast.Name("keras", ast.Load())
        if node.attr == "ops":
            return ast.parse(self._ops, mode="eval").body
        if node.attr == "backend":
            return ast.Constant(self._backend)
        return node

    def visit_Call(self, node):
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "kit"
        ):
            if node.func.attr == "initializer":
                node.func = ast.Name(GIVEN, ast.Load())
                if node.keywords:
                    config = ast.Call(ast.Name("dict", ast.Load()), [], node.keywords)
                    node.args = [ast.Dict([ast.Constant("class_name"), ast.Constant("config")], [*node.args, config])]
                    node.keywords = []
            elif node.func.attr == "dropout":
                node.func = ast.parse("keras.layers.Dropout", mode="eval").body
        node.args = [one for one in node.args if not (isinstance(one, ast.Name) and one.id == "kit")]
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        decided = _decided(node.test)
        return node if decided is None else node.body if decided else node.orelse

    def visit_If(self, node):
        self.generic_visit(node)
        decided = _decided(node.test)
        return node if decided is None else node.body if decided else (node.orelse or None)


def _decided(test):
    """What a comparison of two constants comes to; None if it is something else."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return None
    sides = [test.left, *test.comparators]
    if not all(isinstance(side, ast.Constant) for side in sides) or not isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        return None
    return (sides[0].value == sides[1].value) == isinstance(test.ops[0], ast.Eq)
