"""What an outcome says of a training, the same for a scenario and a script."""

import math


def judged(outcome, loss, scenario, stayed_finite=True):
    """Return ``outcome``, ``diverged`` and ``converged`` of a training.

    outcome, loss: floats at the end, in the units of the metric and of the loss. scenario: the configuration's group.
    stayed_finite: whether the loss was finite all the way, as the audit ``finite`` has it. A training diverged if the
    outcome is not finite, or the loss at the end or on the way. It converged if its outcome is as good as the scenario
    asks; every one that did not diverge is, where it asks for nothing.
    """
    below, above = scenario["converged_below"], scenario["converged_above"]
    diverged = not (math.isfinite(outcome) and math.isfinite(loss) and stayed_finite)
    reached = (below is None or outcome < below) and (above is None or outcome > above)
    return {"outcome": outcome, "diverged": diverged, "converged": not diverged and reached}
