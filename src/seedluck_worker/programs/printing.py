"""What a script prints, apart from what its framework prints meanwhile, as progress bars are."""

import collections
import contextlib
import re
import sys

from seedluck_worker.watching.own import lies_beside

#: Packages that report on a training by themselves; whose print it is shows in who calls write, not in its looks.
FRAMEWORKS = {
    *("keras", "tf_keras", "tensorflow", "tensorflow_estimator", "tensorflow_probability"),
    *("torch", "torchvision", "lightning", "pytorch_lightning", "ignite", "fastai", "transformers", "accelerate"),
    *("jax", "flax", "optax", "sklearn", "xgboost", "lightgbm", "catboost"),
}
#: Words before a metric's name that say when or over what it was taken, and not what it is.
OF_THE_SAME = {
    *("final", "last", "end", "epoch", "epochs", "step", "the", "train", "training"),
    *("mean", "average", "avg", "total", "overall"),
}


HALF = 2**20  # characters of what is printed that are kept of its beginning, and as many of its end


class Ends:
    """A text as it comes, of which the first and the last HALF characters are kept.

    passed_on: called with the first ones as they come.
    """

    def __init__(self, passed_on=lambda text: None):
        self._passed_on, self._first, self._room = passed_on, [], HALF
        self._last, self._held, self._left_out = collections.deque(), 0, 0

    def write(self, text):
        """Take up more of it."""
        if self._room:
            first, text = text[: self._room], text[self._room :]
            self._room -= len(first)
            self._first.append(first)
            self._passed_on(first)
        if text:
            self._last.append(text)
            self._held += len(text)
        while self._held > HALF:
            over = self._held - HALF
            oldest = self._last.popleft()
            if len(oldest) > over:
                self._last.appendleft(oldest[over:])
            dropped = min(over, len(oldest))
            self._held -= dropped
            self._left_out += dropped

    def rest(self):
        """Return what comes after the first ones, with a line that says how much is left out before it."""
        said = f"\n[{self._left_out} characters are left out]\n" if self._left_out else ""
        return said + "".join(self._last)

    def text(self):
        """Return all that is kept."""
        return "".join(self._first) + self.rest()


class Printed:
    """Standard output, of which a copy is kept in a file; of more than twice HALF characters, the ends of both."""

    def __init__(self, stream, path):
        self.stream, self.path = stream, path
        self._copy = open(path, "w", encoding="utf-8", errors="replace")  # noqa: SIM115  lives as long as the script
        self._every, self._own, self._whose = Ends(self._pass_on), Ends(), {}

    def _pass_on(self, text):
        self._copy.write(text)
        self.stream.write(text)

    def write(self, text):
        """Write a text, and remember it if it is the script's."""
        self._every.write(text)
        if self._is_own():
            self._own.write(text)
        return len(text)

    def flush(self):
        """Write out what waits."""
        self._copy.flush()
        self.stream.flush()

    def close(self):
        """Write out what was held back, and close the copy; the stream stays open."""
        if not self._copy.closed:
            with contextlib.suppress(OSError, ValueError):  # of a script that closed its output
                self._pass_on(self._every.rest())
                self.flush()
            self._copy.close()

    def own(self):
        """Return the text that the script itself printed."""
        return self._own.text()

    def everything(self):
        """Return the whole text, a framework's reports included."""
        return self._every.text()

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def _is_own(self):
        """Whether, from the innermost call outwards, the script comes before a framework."""
        frame = sys._getframe(2)
        while frame is not None:
            name = frame.f_globals.get("__name__") or ""
            if name not in self._whose:
                self._whose[name] = _is_of_script(name)
            if self._whose[name] is not None:
                return self._whose[name]
            frame = frame.f_back
        return True


def _is_of_script(name):
    """True of a module of the script's, False of a framework's, None of others."""
    if name == "__main__" or lies_beside(sys.modules.get(name)):
        return True
    return False if name.partition(".")[0] in FRAMEWORKS else None


def words_before(text, end):
    """Return the words of the same label right before a place in a text: ``["test"]`` before loss in ``test loss``."""
    label = re.search(r"[^\W\d]\w*(?:[ \t]+[^\W\d]\w*)*[ \t]+$", text[max(0, end - 100) : end])
    words = label.group().split() if label else []
    while words and words[-1].lower() in OF_THE_SAME:
        words.pop()
    return words
