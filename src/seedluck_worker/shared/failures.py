"""What ends a job without a result, in one sentence."""


class ScriptFailed(Exception):
    """The script came to no end that counts; ``said`` is a sentence."""

    def __init__(self, said):
        super().__init__(said)
        self.said = said
