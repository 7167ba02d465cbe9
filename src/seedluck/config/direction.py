"""Whether the lower or the higher value of a metric is the better one, by the words of its name."""

import re

#: Words of names of which more is better.
HIGHER = {
    *("accuracy", "acc", "precision", "recall", "sensitivity", "specificity", "f1", "auc", "auroc", "auprc", "roc"),
    *("r2", "iou", "miou", "jaccard", "dice", "ndcg", "mrr", "map", "kappa", "mcc", "hits", "top1", "top5"),
    *("bleu", "rouge", "meteor", "psnr", "ssim", "reward", "rewards", "return", "returns", "correlation", "pearson"),
    *("spearman", "success", "win", "wins", "hit", "ap", "correct", "likelihood"),
}
#: Words of names of which less is better, whatever else the name says: ``accuracy_loss``, ``neg_log_likelihood``.
LOWER = {"loss", "losses", "error", "err", "cost", "neg", "negative", "nll", "mse", "mae", "rmse", "regret", "gap"}


def better(metric: str) -> str:
    """Return ``higher`` where a metric's name says so, as ``val_accuracy`` and ``test R2`` do; otherwise ``lower``.

    ``valAccuracy`` has the words val and accuracy.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(metric))
    words = set(re.findall(r"[a-z]+\d*", apart.lower()))
    return "higher" if words & HIGHER and not words & LOWER else "lower"
