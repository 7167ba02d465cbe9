"""What a sweep would train: ``sweep.dry_run=true``."""

from src.sweeps.launcher import at_once


def show(made, configs, rounds, extra, stops, launcher, done):
    """Print sides, seeds, the number of jobs and about how long they take, by what the store has seen.

    done: places of jobs that have finished, where a sweep is gone on with.
    """
    from src.tracking.reader import seconds_before

    outcomes = [job for job in made.outcomes([seed for seeds in rounds for seed in seeds]) if job.place not in done]
    extra = [job for job in extra if job.place not in done]
    side_by_side = at_once(getattr(launcher, "n_jobs", None), next(iter(configs.values()))["device"]["kind"])
    seconds = {side: seconds_before(config) for side, config in configs.items()}
    print(f"{'side':<40} {'runs':>5} {'seconds a run, by runs of before':>34}")
    for side in made.sides:
        runs = sum(job.side == side for job in outcomes + extra)
        known = "none like it yet" if seconds[side] is None else f"{seconds[side]:.1f}"
        print(f"{side.label:<40} {runs:>5} {known:>34}")
    kinds = [f"{len(outcomes)} for outcomes" + (" at most" if stops else "")]
    for role in ("repeat", "replay", "floor"):
        if count := sum(job.role == role for job in extra):
            kinds.append(f"{count} {role}")
    print(f"{len(outcomes) + len(extra)} runs: {', '.join(kinds)}; {side_by_side} at once")
    if stops:
        print(f"rounds of {', '.join(str(len(seeds)) for seeds in rounds)} seeds, until every verdict stands")
    known = [value for value in seconds.values() if value is not None]
    if known:
        each = sum(seconds[job.side] or max(known) for job in outcomes + extra)
        print(f"about {each / side_by_side / 60:.1f} minutes")
    else:
        print("how long: unknown until one like them has run")
