"""Operations of ``keras.ops`` against those of NumPy after which they are named, on shapes that are broadcast.

Sizes are equal on purpose: where every axis is as long as every other, an operation that takes one for another goes
through without an error.
"""

import itertools

import numpy as np

from seedluck_worker.cases.case import Case, random, rounded

LEFT_OUT = "linear algebra, Fourier transforms, images, complex and whole numbers, gradients."
SIZE = 3
PAIRS = [
    *("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "arctan2", "floor_divide", "mod"),
    *("logaddexp", "greater", "less_equal", "matmul", "cross", "dot", "outer", "hypot"),
]
SHAPES = {
    "same": ((3, 3), (3, 3)),
    "row": ((3, 3), (3,)),
    "row_of_rank_2": ((3, 3), (1, 3)),
    "column": ((3, 3), (3, 1)),
    "first_of_three": ((3, 3, 3), (3, 1, 1)),
    "second_of_three": ((3, 3, 3), (3, 1)),
    "last_of_three": ((3, 3, 3), (3,)),
    "number": ((3, 3), ()),
    "column_first": ((3, 1), (3, 3)),
    "second_of_four": ((3, 3, 3, 3), (3, 1, 1)),
}
#: What an argument's value means to those who compute.
PHRASES = {
    "shapes=column": "shapes (n, n) and (n, 1)",
    "shapes=first_of_three": "(n, n, n) and (n, 1, 1)",
    "shapes=second_of_three": "(n, n, n) and (n, 1)",
    "shapes=second_of_four": "(n, n, n, n) and (n, 1, 1)",
    "axis=None": "axis=None",
    "keepdims=True": "keepdims=True",
}
KEEPING = ["sum", "mean", "var", "std", "max", "min", "prod", "all", "any", "logsumexp", "median", "quantile", "norm"]
ALONG = ["cumsum", "cumprod", "sort", "argsort", "flip", "roll", "diff", "softmax", "log_softmax"]  # one axis
ONE = [*KEEPING, *ALONG, "argmax", "argmin", "count_nonzero", "average"]


def cases():
    """Yield the family's cases."""
    for operation, shapes in itertools.product(PAIRS, SHAPES):
        if operation not in ("matmul", "cross", "dot", "outer") or shapes == "same":
            yield Case("operations", operation, {"operation": operation, "shapes": shapes}, of_two, two, two_formula)
    for operation, axis, keepdims in itertools.product(ONE, (0, 1, -1, None), (False, True)):
        if (keepdims and operation not in KEEPING) or (axis is None and operation in ALONG):
            continue
        arguments = {"operation": operation, "axis": axis, "keepdims": keepdims}
        yield Case("operations", operation, arguments, of_one, one, one_formula)


def of_two(operation, shapes):
    """a, b: of the two shapes, above zero."""
    draw = random(9)
    return {name: rounded(draw.uniform(0.5, 3, shape)) for name, shape in zip("ab", SHAPES[shapes])}


def two(stack, inputs, operation, shapes):
    return {"y": stack.numpy(getattr(stack.keras.ops, operation)(stack.tensor(inputs["a"]), stack.tensor(inputs["b"])))}


def two_formula(inputs, operation, shapes):
    return {"y": np.asarray(getattr(np, operation)(inputs["a"], inputs["b"]), "float64")}


def of_one(**_):
    """x: (size, size, size); w: (size,)."""
    draw = random(10)
    x = rounded(draw.randn(SIZE, SIZE, SIZE))
    x[0, 1, 2] = 0
    return {"x": x}


def one(stack, inputs, operation, axis, keepdims):
    ops, x = stack.keras.ops, stack.tensor(inputs["x"])
    words = {"axis": axis, **({"keepdims": True} if keepdims else {})}
    if operation == "roll":
        return {"y": stack.numpy(ops.roll(x, 1, **words))}
    if operation == "quantile":
        return {"y": stack.numpy(ops.quantile(x, stack.tensor(np.float32(0.25)), **words))}
    return {"y": stack.numpy(getattr(ops, operation)(x, **words))}


def one_formula(inputs, operation, axis, keepdims):
    x, words = inputs["x"], {"axis": axis, **({"keepdims": True} if keepdims else {})}
    if operation in ("softmax", "log_softmax"):
        y = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
        y = np.log(y) if operation == "log_softmax" else y
    elif operation == "logsumexp":
        y = np.log(np.exp(x).sum(**words))
    elif operation == "norm":
        y = np.sqrt((x**2).sum(**words))
    elif operation == "roll":
        y = np.roll(x, 1, **words)
    elif operation == "quantile":
        y = np.quantile(x, 0.25, **words)
    else:
        y = getattr(np, operation)(x, **words)
    return {"y": np.asarray(y, "float64")}
