"""What a warm parent may import before a script starts, so that a run of it need not."""

import ast
from pathlib import Path

FRAMEWORKS = ("tensorflow", "keras", "tf_keras", "jax", "torch")
HARMLESS = ("TF_CPP_MIN_LOG_LEVEL", "PYTHONHASHSEED", "PYTHONWARNINGS")  # variables by which nothing is computed


def imported(script: Path, runtime: dict) -> tuple[str, ...]:
    """Return the frameworks that a script and the modules beside it import, in their order; NumPy alone if in doubt.

    A script that sets environment variables may mean its framework, which reads them while it is imported. What the
    runtime does not have is left to the script, whose failure says so.
    """
    seen, waiting, found = set(), [script], []
    while waiting:
        path = waiting.pop(0)
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            return ("numpy",)
        if _may_mean_the_framework(tree):
            return ("numpy",)
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in names:
                top = name.partition(".")[0]
                found += [top] if top in FRAMEWORKS and top not in found else []
                waiting.append(script.parent / f"{top}.py")
    here = {runtime["backend"], *(module.partition(".")[0] for module in runtime["packages"].values())}
    found = [name for name in found if name in here]
    if "keras" in found and runtime["backend"] not in found:  # which Keras looks for itself, and would not find
        found.insert(0, runtime["backend"])
    return tuple(found) or ("numpy",)


def _may_mean_the_framework(tree):
    """Whether a source has to do with environment variables, other than by setting a harmless one by its name."""
    harmless = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in HARMLESS
    }
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
        if name in ("environ", "environb", "putenv") and id(node) not in harmless:
            return True
        if isinstance(node, ast.ImportFrom) and any(alias.name in ("environ", "putenv") for alias in node.names):
            return True
    return False
