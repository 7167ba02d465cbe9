"""What was asked of a framework that it does not have, in one sentence."""

import difflib


class Mistake(Exception):
    """The configuration asks for something that this runtime cannot give; the argument is a sentence."""


def refused(what, value, allowed):
    """Return a Mistake that names the value received, what is allowed and the nearest valid choice."""
    allowed = sorted(allowed)
    by_letters = {name.lower(): name for name in reversed(allowed)}
    near = difflib.get_close_matches(value.lower(), by_letters, n=1, cutoff=0.0)
    choice = f"; the nearest valid choice is {by_letters[near[0]]}" if near else ""
    return Mistake("{} {!r}; allowed: {}{}.".format(what, value, ", ".join(allowed), choice))
