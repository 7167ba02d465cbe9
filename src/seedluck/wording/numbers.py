"""Numbers and counts as a person would write them."""


def short(value, digits: int = 4) -> str:
    """Return a number in so many digits; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def plural(count: int, noun: str) -> str:
    """Return ``1 seed``, ``2 seeds``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")
