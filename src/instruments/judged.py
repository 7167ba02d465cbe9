"""What an outcome says of a training, the same for a scenario and a script."""

import math


def judged(outcome, loss, scenario):
    """Return ``outcome``, ``diverged`` and ``converged`` of a training.

    outcome, loss: floats, in the units of the metric and of the loss. scenario: the configuration's group. A training
    diverged if one of the two is not finite. It converged if its outcome is as good as the scenario asks; every finite
    one is, where it asks for nothing.
    """
    below, above = scenario["converged_below"], scenario["converged_above"]
    diverged = not (math.isfinite(outcome) and math.isfinite(loss))
    reached = (below is None or outcome < below) and (above is None or outcome > above)
    return {"outcome": outcome, "diverged": diverged, "converged": not diverged and reached}
