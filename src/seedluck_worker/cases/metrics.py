"""Metrics over one or several updates, with weights of rows that may be fractional or zero, and at several thresholds.

A metric is a weighted mean over all rows of all updates, or is made of weighted counts of hits and misses; each is
computed here from all rows at once. tests/cases/ holds precision, recall, F, R2 and the area under a curve against
scikit-learn's definitions.
"""

import itertools

import numpy as np

from seedluck_worker.cases.case import Case, random, rounded
from seedluck_worker.formulas.losses import LOSSES

LEFT_OUT = (
    "SensitivityAtSpecificity and its relatives, PearsonCorrelation, ConcordanceCorrelation, weights of single "
    "outputs, masks, dtype other than float32 and float64."
)
ROWS, CLASSES = 12, 4
MEANS = {
    "MeanSquaredError": "real",
    "RootMeanSquaredError": "real",
    "MeanAbsoluteError": "real",
    "MeanAbsolutePercentageError": "real",
    "MeanSquaredLogarithmicError": "positive",
    "LogCoshError": "real",
    "CosineSimilarity": "real",
    "Hinge": "signs",
    "SquaredHinge": "signs",
    "CategoricalHinge": "one_hot",
    "KLDivergence": "several",
    "Poisson": "positive",
    "BinaryCrossentropy": "several",
    "CategoricalCrossentropy": "one_hot",
    "SparseCategoricalCrossentropy": "numbers",
}
SETTINGS = {
    "Accuracy": ("guessed", [{}]),
    "BinaryAccuracy": ("several", [{}, {"threshold": 0.25}]),
    "CategoricalAccuracy": ("one_hot", [{}]),
    "SparseCategoricalAccuracy": ("numbers", [{}]),
    "TopKCategoricalAccuracy": ("one_hot", [{"k": 1}, {"k": 2}]),
    "SparseTopKCategoricalAccuracy": ("numbers", [{"k": 1}, {"k": 2}]),
    "TruePositives": ("binary", [{}, {"thresholds": 0.25}, {"thresholds": [0.25, 0.75]}]),
    "TrueNegatives": ("binary", [{}, {"thresholds": 0.25}, {"thresholds": [0.25, 0.75]}]),
    "FalsePositives": ("binary", [{}, {"thresholds": 0.25}, {"thresholds": [0.25, 0.75]}]),
    "FalseNegatives": ("binary", [{}, {"thresholds": 0.25}, {"thresholds": [0.25, 0.75]}]),
    "Precision": ("several", [{}, {"thresholds": [0.25, 0.75]}, {"class_id": 1}, {"top_k": 2}]),
    "Recall": ("several", [{}, {"thresholds": [0.25, 0.75]}, {"class_id": 1}, {"top_k": 2}]),
    "AUC": (
        "binary",
        [{"num_thresholds": 9}, {"num_thresholds": 33}, {"num_thresholds": 9, "summation_method": "minoring"}],
    ),
    "F1Score": ("several", [{"threshold": 0.5, "average": each} for each in (None, "micro", "macro", "weighted")]),
    "FBetaScore": (
        "several",
        [{"threshold": 0.5, "average": each, "beta": 2.0} for each in (None, "micro", "macro", "weighted")],
    ),
    "R2Score": (
        "real",
        [{"class_aggregation": each} for each in (None, "uniform_average", "variance_weighted_average")],
    ),
    "MeanIoU": ("guessed", [{"num_classes": CLASSES}]),
    "IoU": ("guessed", [{"num_classes": CLASSES, "target_class_ids": [1, 2]}]),
    "BinaryIoU": (
        "binary",
        [{"target_class_ids": [0, 1], "threshold": 0.5}, {"target_class_ids": [1], "threshold": 0.25}],
    ),
    "OneHotIoU": ("one_hot", [{"num_classes": CLASSES, "target_class_ids": [1, 2]}]),
    "OneHotMeanIoU": ("one_hot", [{"num_classes": CLASSES}]),
    "Mean": ("values", [{}]),
    "Sum": ("values", [{}]),
}
#: What an argument's value means to those who measure.
PHRASES = {
    "weights=fractional": "weights that are no whole numbers",
    "weights=with_zeros": "such weights of which some are zero",
    "weights=as_column": "such weights of shape (rows, 1)",
}
WEIGHTS = ("none", "whole", "fractional", "with_zeros", "as_column")


def cases():
    """Yield the family's cases."""
    tried = {**{metric: (kind, [{}]) for metric, kind in MEANS.items()}, **SETTINGS}
    for metric, (kind, several) in tried.items():
        for settings, weights, updates in itertools.product(several, WEIGHTS, (1, 3)):
            if weights == "as_column" and kind == "values":
                continue
            arguments = {"metric": metric, "settings": settings, "weights": weights, "updates": updates}
            yield Case("metrics", metric, arguments, inputs, compute, formula)


def inputs(metric, weights, **_):
    """targets, predictions: of all rows; weight: (rows,) or (rows, 1)."""
    draw = random(1)
    kind = MEANS.get(metric) or SETTINGS[metric][0]
    numbers = draw.randint(0, CLASSES, ROWS).astype("int32")
    many = ROWS * CLASSES  # scores of which no two are the same, and none is a threshold
    scores = ((8 + draw.permutation(many).reshape(ROWS, CLASSES)) / 64 + 2**-9).astype("float32")
    real = rounded(draw.randn(2, ROWS, CLASSES))
    likely = scores + np.eye(CLASSES, dtype="float32")[numbers] * (0.5 + 2**-8) * (np.arange(ROWS) % 2)[:, None]
    told = {
        "real": (real[0], real[1]),
        "positive": (abs(real[0]), abs(real[1]) + np.float32(0.125)),
        "signs": (np.where(real[0] < 0, np.float32(-1), np.float32(1)), real[1]),
        "one_hot": (np.eye(CLASSES, dtype="float32")[numbers], likely.astype("float32")),
        "numbers": (numbers, scores),
        "several": ((real[0] > 0).astype("float32"), scores),
        "binary": ((real[0][:, 0] > 0).astype("float32"), scores[:, 0]),
        "guessed": (numbers, np.where(real[0][:, 0] > 0, numbers, draw.randint(0, CLASSES, ROWS)).astype("int32")),
        "values": (real[0][:, 0], real[0][:, 0]),
    }[kind]
    weight = {"whole": draw.randint(1, 4, ROWS).astype("float32")}.get(weights, rounded(draw.uniform(0.25, 2, ROWS)))
    if weights == "with_zeros":
        weight[::3] = 0
    given = {} if weights == "none" else {"weight": weight[:, None] if weights == "as_column" else weight}
    return {"targets": told[0], "predictions": told[1], **given}


def compute(stack, inputs, metric, settings, weights, updates):
    """Let the framework's metric see the rows in one or several updates."""
    made = getattr(stack.keras.metrics, metric)(**settings)
    for rows in np.array_split(np.arange(ROWS), updates):
        of_rows = {name: stack.tensor(array[rows]) for name, array in inputs.items()}
        seen = [of_rows["targets"]] if metric in ("Mean", "Sum") else [of_rows["targets"], of_rows["predictions"]]
        made.update_state(*seen, sample_weight=of_rows.get("weight"))
    return {"result": stack.numpy(made.result())}


def formula(inputs, metric, settings, weights, updates):
    """Compute the metric from all rows at once."""
    y, p = inputs["targets"], inputs["predictions"]
    weight = inputs["weight"].reshape(ROWS) if "weight" in inputs else np.ones(ROWS)
    return {"result": np.asarray(value(metric, y, p, weight, settings))}


def value(metric, y, p, weight, settings):
    """A metric's definition. y, p: targets and predictions of all rows; weight: (rows,)."""
    if metric in MEANS:
        name = {"RootMeanSquaredError": "mse", "LogCoshError": "logcosh"}.get(metric, metric.lower())
        mean = (LOSSES[name](np, y, p) * weight).sum() / weight.sum()
        return {"RootMeanSquaredError": np.sqrt(mean), "CosineSimilarity": -mean}.get(metric, mean)
    if metric in ("Mean", "Sum"):
        return (y * weight).sum() / (weight.sum() if metric == "Mean" else 1)
    if metric.endswith("Accuracy"):
        return (hits(metric, y, p, settings) * weight).sum() / weight.sum()
    if metric.endswith("IoU"):
        return overlap(metric, y, p, weight, settings)
    if metric == "R2Score":
        return explained(y, p, weight, settings["class_aggregation"])
    if metric in ("F1Score", "FBetaScore"):
        return f_score(y, p > settings["threshold"], weight, settings.get("beta", 1.0), settings["average"])
    if metric == "AUC":
        return area(y, p, weight, settings)
    return confusion(metric, y, p, weight, settings)


def hits(metric, y, p, settings):
    """1 where a row is right; a share where it has several outputs."""
    if metric == "Accuracy":
        return y == p
    if metric == "BinaryAccuracy":
        return ((p > settings.get("threshold", 0.5)) == y).mean(-1)
    chosen = y if metric.startswith("Sparse") else y.argmax(-1)
    better = (p > np.take_along_axis(p, chosen[:, None], -1)).sum(-1)
    return better < settings.get("k", 1)


def confusion(metric, y, p, weight, settings):
    """Weighted counts of hits and misses at each threshold, or what precision and recall make of them."""
    thresholds = np.atleast_1d(settings.get("thresholds", 0.0 if "top_k" in settings else 0.5))
    if "top_k" in settings:
        p = np.where(p >= np.sort(p, -1)[:, -settings["top_k"]][:, None], p, -1.0)
    if "class_id" in settings:
        y, p = y[:, settings["class_id"]], p[:, settings["class_id"]]
    weight = weight.reshape(weight.shape + (1,) * (y.ndim - 1))
    told = []
    for threshold in thresholds:
        tp, fp, fn, tn = (
            (weight * ((p > threshold) == said) * (y == is_one)).sum()
            for said, is_one in ((1, 1), (1, 0), (0, 1), (0, 0))
        )
        told.append(
            {
                "TruePositives": tp,
                "FalsePositives": fp,
                "FalseNegatives": fn,
                "TrueNegatives": tn,
                "Precision": tp / max(tp + fp, 1e-30),
                "Recall": tp / max(tp + fn, 1e-30),
            }[metric]
        )
    return np.array(told) if isinstance(settings.get("thresholds"), list) else told[0]


def area(y, p, weight, settings):
    """Under the curve of true against false positive rates, at thresholds that lie evenly between 0 and 1."""
    count = settings["num_thresholds"]
    thresholds = [-1e-7, *((i + 1) / (count - 1) for i in range(count - 2)), 1 + 1e-7]
    tpr = np.array([(weight * (p > t) * y).sum() for t in thresholds]) / (weight * y).sum()
    fpr = np.array([(weight * (p > t) * (1 - y)).sum() for t in thresholds]) / (weight * (1 - y)).sum()
    minoring = settings.get("summation_method") == "minoring"
    heights = np.minimum(tpr[:-1], tpr[1:]) if minoring else (tpr[:-1] + tpr[1:]) / 2
    return ((fpr[:-1] - fpr[1:]) * heights).sum()


def f_score(y, said, weight, beta, average):
    """van Rijsbergen's F of each class, or of all together."""
    weight = weight[:, None]
    tp, fp, fn = (
        (weight * a * b).sum(0 if average != "micro" else None) for a, b in ((said, y), (said, 1 - y), (~said, y))
    )
    scores = (1 + beta**2) * tp / np.maximum((1 + beta**2) * tp + beta**2 * fn + fp, 1e-30)
    if average == "weighted":
        support = (weight * y).sum(0)
        return (scores * support).sum() / support.sum()
    return scores.mean() if average == "macro" else scores


def explained(y, p, weight, aggregation):
    """R2: 1 minus the share of the weighted variance that is left."""
    weight = weight[:, None]
    mean = (weight * y).sum(0) / weight.sum()
    left, total = (weight * (y - p) ** 2).sum(0), (weight * (y - mean) ** 2).sum(0)
    scores = 1 - left / total
    if aggregation == "uniform_average":
        return scores.mean()
    return (scores * total).sum() / total.sum() if aggregation else scores


def overlap(metric, y, p, weight, settings):
    """Intersection over union, averaged over the classes that are asked for."""
    classes = settings.get("num_classes", 2)
    if metric.startswith("OneHot"):
        y, p = y.argmax(-1), p.argmax(-1)
    if metric == "BinaryIoU":
        p = (p >= settings["threshold"]).astype(int)
    shares = []
    for one in settings.get("target_class_ids", range(classes)):
        both, either = (weight * ((y == one) & (p == one))).sum(), (weight * ((y == one) | (p == one))).sum()
        shares += [both / either] if either > 0 else []
    return np.mean(shares)
