"""The formulas of metrics against scikit-learn, with weights of rows."""

import numpy as np
import pytest
from sklearn import metrics as known

from seedluck_worker.cases.metrics import value

DRAW = np.random.RandomState(5)
ROWS = 40
Y, P = (DRAW.rand(ROWS, 3) < 0.5).astype(float), DRAW.rand(ROWS, 3)
NUMBERS, GUESSED = DRAW.randint(0, 4, ROWS), DRAW.randint(0, 4, ROWS)
WEIGHT = DRAW.uniform(0, 2, ROWS) * (np.arange(ROWS) % 5 > 0)
AVERAGES = [None, "micro", "macro", "weighted"]


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_f(average, beta):
    told = value("FBetaScore", Y, P, WEIGHT, {"threshold": 0.5, "average": average, "beta": beta})
    assert told == pytest.approx(known.fbeta_score(Y, P > 0.5, beta=beta, average=average, sample_weight=WEIGHT))


@pytest.mark.parametrize("aggregation", [None, "uniform_average", "variance_weighted_average"])
def test_r2(aggregation):
    name = {None: "raw_values", "variance_weighted_average": "variance_weighted"}.get(aggregation, aggregation)
    told = value("R2Score", Y, P, WEIGHT, {"class_aggregation": aggregation})
    assert told == pytest.approx(known.r2_score(Y, P, multioutput=name, sample_weight=WEIGHT))


@pytest.mark.parametrize(("name", "of"), [("Precision", known.precision_score), ("Recall", known.recall_score)])
def test_precision_and_recall(name, of):
    told = value(name, Y[:, 0], P[:, 0], WEIGHT, {"thresholds": 0.25})
    assert told == pytest.approx(of(Y[:, 0], P[:, 0] > 0.25, sample_weight=WEIGHT))


def test_the_area_under_a_curve_of_all_thresholds():
    scores = np.floor(P[:, 0] * 8) / 8 + 2**-9  # between thresholds, so that none of the curve is left out
    told = value("AUC", Y[:, 0], scores, WEIGHT, {"num_thresholds": 33})
    assert told == pytest.approx(known.roc_auc_score(Y[:, 0], scores, sample_weight=WEIGHT))


def test_intersection_over_union():
    told = value("MeanIoU", NUMBERS, GUESSED, WEIGHT, {"num_classes": 4})
    assert told == pytest.approx(known.jaccard_score(NUMBERS, GUESSED, average="macro", sample_weight=WEIGHT))


def test_accuracies():
    told = value("Accuracy", NUMBERS, GUESSED, WEIGHT, {})
    assert told == pytest.approx(known.accuracy_score(NUMBERS, GUESSED, sample_weight=WEIGHT))
    scores = DRAW.rand(ROWS, 4)
    told = value("SparseTopKCategoricalAccuracy", NUMBERS, scores, WEIGHT, {"k": 2})
    assert told == pytest.approx(known.top_k_accuracy_score(NUMBERS, scores, k=2, sample_weight=WEIGHT))
