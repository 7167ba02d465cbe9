"""What the two sides resolved differently, every default settled."""

TITLE = "Settings that differ"


def see(comparison) -> dict:
    """Setting → its value on the baseline and on the variant, None if a side has none; of the first pair of runs."""
    if not comparison.pairs:
        return {}
    baseline, variant = (run.params for run in comparison.pairs[0])
    names = sorted(name for name in {**baseline, **variant} if baseline.get(name) != variant.get(name))
    return {name: [baseline.get(name), variant.get(name)] for name in names}
