"""What a script prints, apart from what its framework prints meanwhile, as progress bars are."""

import io
import re
import sys

from src.scripts.own import lies_beside

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


class Printed:
    """Standard output, of which a copy is kept in a file."""

    def __init__(self, stream, path):
        self.stream, self.path = stream, path
        self._copy = open(path, "w", encoding="utf-8", errors="replace")  # noqa: SIM115  lives as long as the script
        self._own, self._whose = io.StringIO(), {}

    def write(self, text):
        """Write a text, and remember it if it is the script's."""
        self._copy.write(text)
        if self._is_own():
            self._own.write(text)
        return self.stream.write(text)

    def flush(self):
        """Write out what waits."""
        self._copy.flush()
        self.stream.flush()

    def close(self):
        """Close the copy; the stream stays open."""
        self._copy.close()

    def own(self):
        """Return the text that the script itself printed."""
        return self._own.getvalue()

    def everything(self):
        """Return the whole text, a framework's reports included."""
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

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
