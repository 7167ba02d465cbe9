"""What a case came to on a stack: it agrees with its formula, or departs from it, or why it cannot be said.

A departure of more than ``TIMES`` noise floors is looked at again twice: in float64, where rounding would vanish, and
on other inputs, where chance would.
"""

AGREES, DEPARTS, DOUBTFUL, ROUNDING = "agrees", "departs", "doubtful", "rounding"
DOCUMENTED, REFUSED, ABSENT, LEFT_OUT, CRASHES, HANGS = (
    "documented",
    "refused",
    "absent",
    "left_out",
    "crashes",
    "hangs",
)
STATUSES = (AGREES, DEPARTS, DOUBTFUL, ROUNDING, DOCUMENTED, REFUSED, CRASHES, HANGS, ABSENT, LEFT_OUT)
TIMES = 30.0  # an operation rounds a few times, in an order of its own


def is_suspect(answer: dict) -> bool:
    """Whether an answer lies further from its formula than rounding explains."""
    far = answer["departure"]
    return answer["status"] == "computed" and (far is None or far > TIMES)


def status(answer: dict, again: dict | None, other: dict | None, documented: str | None) -> str:
    """Return the status of a case on a stack.

    answer: in float32. again: in float64. other: in float32 on other inputs. None where it was not looked at again. A
    stack that cannot compute it in float64 is judged by the other inputs alone. documented: where the package documents
    that it computes otherwise; None if it does not.
    """
    if answer["status"] != "computed":
        return answer["status"]
    if not is_suspect(answer):
        return AGREES
    if documented:
        return DOCUMENTED
    if again is None or other is None:
        return DOUBTFUL
    if again["status"] == "computed" and not is_suspect(again):
        return ROUNDING
    return DEPARTS if is_suspect(other) else DOUBTFUL


def settle(statuses: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return statuses in which a departure is doubtful where no stack agrees with the formula.

    statuses: case → stack → status, those of witnesses among them. Where one agrees with the formula, two
    implementations speak for it. Where none does, the formula stands alone and may itself be wrong.
    """
    told = {}
    for case, by_stack in statuses.items():
        confirmed = AGREES in by_stack.values()
        told[case] = {
            stack: DOUBTFUL if status == DEPARTS and not confirmed else status for stack, status in by_stack.items()
        }
    return told
