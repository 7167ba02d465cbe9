"""What an explanation would try: ``dry_run=true``."""

from src.search import cause
from src.search.levels import LOOKS, ROUND
from src.search.sequential import MOST_REFERENCE, REFERENCE, SIZES


def show_untrained(factors: list, along, seeds: int):
    """Return what is known before the sweep has been trained; arguments: as of :func:`show_plan`."""
    print(f"the sweep comes first, {2 * seeds} runs and some for evidence; then, of what the configuration shows now:")
    show_plan(factors, along, seeds)
    if along is None:
        print("defaults that only a run settles may add to them")


def show_plan(factors: list, along, seeds: int):
    """Print the factors, or the levels, and how many trainings it may take.

    along: None, or a factor's name and its levels. seeds: how many each side has.
    """
    lacking = 2 * max(REFERENCE - seeds, 0)
    if along is not None:
        most = len(along[1]) * 2 * ROUND * LOOKS + lacking
        print(f"{along[0]}, in order: {', '.join(along[1])}")
        print(f"at most {most} trainings; what the store has already is not trained again")
        return
    print(f"{'factor':<36} {'good side':<24} bad side")
    for factor in factors:
        values = (v["name"] if factor.name == "runtime" else v for v in (factor.good, factor.bad))
        print(f"{factor.name:<36} " + " ".join(f"{value!s:<24}" for value in values).rstrip())
    if not factors:
        print("(none)")
    tests = cause.most_tests(len(factors)) if factors else 0
    most = tests * SIZES[-1] + 2 * max(MOST_REFERENCE - seeds, 0)
    print(f"at most {tests} tests of {SIZES[-1]} seeds, {most} trainings; most tests end after {SIZES[0]} seeds")
