"""What an explanation would try: ``dry_run=true``."""

from seedluck.search import cause
from seedluck.search.along.levels import LOOKS, ROUND
from seedluck.search.sequential import Seeds


def show_untrained(factors: list, along, seeds: int, taken: Seeds):
    """Return what is known before the sweep has been trained; arguments: as of :func:`show_plan`."""
    print(f"the sweep comes first, {2 * seeds} runs and some for evidence; then, of what the configuration shows now:")
    show_plan(factors, along, seeds, taken)
    if along is None:
        print("defaults that only a run settles may add to them")


def show_plan(factors: list, along, seeds: int, taken: Seeds):
    """Print the factors, or the levels, and how many trainings it may take.

    along: None, or a factor's name and its levels. seeds: how many each side has. taken: how many a search takes.
    """
    lacking = 2 * max(taken.reference - seeds, 0)
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
    fewest, largest = taken.of_test[0], taken.of_test[-1]
    most = tests * largest + 2 * max(taken.most_reference - seeds, 0)
    print(f"at most {tests} tests of {largest} seeds, {most} trainings; most tests end after {fewest} seeds")
