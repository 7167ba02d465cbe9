"""What a sweep would train: ``sweep.dry_run=true``."""

from seedluck.config.place import OUTCOME


def show(configs: dict, outcomes: list, extra: list, further: list, done: set, rounds: list[int] | None, at_once: int):
    """Print sides, seeds, the number of jobs and about how long they take, by what the store has seen.

    configs: side → its resolved configuration. outcomes, extra: what is planned, Planned. further: what
    evidence may ask for besides. done: places that are filled, where a sweep is gone on with. rounds: seeds of each,
    where the sweep stops once it is decided; or None. at_once: how many jobs train at the same time.
    """
    from seedluck.tracking.reader import seconds_before

    planned = [training for training in [*outcomes, *extra] if training.place not in done]
    seconds = {side: seconds_before(config) for side, config in configs.items()}
    print(f"{'side':<40} {'runs':>5} {'seconds a run, by runs of before':>34}")
    for side in configs:
        runs = sum(training.side == side for training in planned)
        known = "none like it yet" if seconds[side] is None else f"{seconds[side]:.1f}"
        print(f"{side.label:<40} {runs:>5} {known:>34}")
    counts = {
        role: sum(training.role == role for training in planned)
        for role in dict.fromkeys(training.role for training in planned)
    }
    kinds = [f"{counts.pop(OUTCOME, 0)} for outcomes" + (" at most" if rounds else "")]
    kinds += [f"{count} {role}" for role, count in counts.items()]
    print(f"{len(planned)} runs: {', '.join(kinds)}; {at_once} at once")
    if further := [training for training in further if training.place not in done]:
        roles = ", ".join(dict.fromkeys(training.role for training in further))
        print(f"and about {len(further)} more, of {roles}, unless the first of them or the outcomes show a difference")
    if rounds:
        print(f"rounds of {', '.join(map(str, rounds))} seeds, until every verdict stands")
    known = [value for value in seconds.values() if value is not None]
    if known:
        each = sum(seconds[training.side] or max(known) for training in planned)
        print(f"about {each / at_once / 60:.1f} minutes")
    else:
        print("how long: unknown until one like them has run")
