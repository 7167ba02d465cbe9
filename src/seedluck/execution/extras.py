"""What is installed only for those who ask for it."""


def lacking(extra: str, name: str, wants: str, without: str) -> str:
    """Return the sentence for a user whose environment lacks an extra.

    name: of what it brings. wants: what needs it. without: what does not.
    """
    return (
        f"{wants} needs {name}, which is not installed; install it with "
        f".venv/bin/uv pip install --python .venv/bin/python --require-hashes -r extras/{extra}.lock; the nearest "
        f"valid choice without it is {without}."
    )
