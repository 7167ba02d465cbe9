"""The worker of a hunt: computes cases on one framework, and says how far each lies from its formula.

``python -m seedluck_worker.cases MODULE`` reads one line of JSON from standard input; MODULE is ``keras``,
``tf_keras``, or ``torch`` for the witnesses:

    {"cases": names, "floatx": "float32" or "float64", "draw": number of the inputs, "seconds": limit of one case}

and answers with one line of JSON a case, in their order, on standard output:

    {"case": name, "status": status, "departure": times the noise floor or null, "values": arrays, "wanted": arrays,
     "error": text or null, "seconds": number}

status: ``computed``; ``refused``, with the framework's own words; ``absent``, where it has no such class or argument;
``left_out``, which the catalogue does not try there; ``crashes``, where the process ended or an error came that is no
refusal; ``hangs``. It imports the framework and forks:
a case that ends its process takes no other with it. The first line is ``{"ready": version}``.
"""

import base64
import importlib
import json
import math
import os
import select
import signal
import sys
import time
import warnings

import numpy as np

from seedluck_worker.adapters.stack import LeftOut, stack_of
from seedluck_worker.cases import case as case_module
from seedluck_worker.cases import catalogue
from seedluck_worker.cases.case import departure, expected

REFUSALS = (ValueError, TypeError, NotImplementedError)
ABSENT = ("has no attribute", "unexpected keyword argument", "Argument(s) not recognized", "not recognized: {")


def main(module):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a framework prints must not end up among the answers
    asked = json.loads(sys.stdin.readline())
    framework = importlib.import_module(module)
    case_module.DRAW = asked["draw"]
    names = list(asked["cases"])
    cases = catalogue(sorted({name.partition(" ")[0] for name in names}))
    _tell(answers, ready=framework.__version__)
    while names:
        names = names[_some(answers, framework, [cases[name] for name in names], asked) :]


def _some(answers, framework, cases, asked):
    """Compute cases in a forked process until one of them ends it; return how many were answered."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _become(os.fdopen(writing, "w"), framework, cases, asked["floatx"])
    os.close(writing)
    buffer, answered, since = b"", 0, time.monotonic()
    while answered < len(cases):
        ready = select.select([reading], [], [], max(0.0, since + asked["seconds"] - time.monotonic()))[0]
        received = os.read(reading, 1 << 20) if ready else b""
        if not received:
            os.kill(pid, signal.SIGKILL)
            said = "ended its process" if ready else f"did not end within {asked['seconds']} s"
            status = "crashes" if ready else "hangs"
            _tell(answers, case=cases[answered].name, **_said(status, error=f"it {said}"))
            answered += 1
            break
        buffer += received
        *lines, buffer = buffer.split(b"\n")
        answers.writelines(line.decode() + "\n" for line in lines)
        answers.flush()
        answered += len(lines)
        since = time.monotonic() if lines else since
    os.waitpid(pid, 0)
    os.close(reading)
    return answered


def _become(answers, framework, cases, floatx):
    """Compute the cases in this forked process, and leave it without any of the parent's clean-up."""
    warnings.simplefilter("ignore")
    is_witness = framework.__name__ == "torch"
    stack = framework if is_witness else stack_of(framework)
    if is_witness:
        framework.set_num_threads(1)
    else:
        framework.backend.set_floatx(floatx)
    for case in cases:
        if not is_witness:
            stack.settle(floatx, traced=case.family == "training")
        began = time.monotonic()
        compute = case.witness if is_witness else case.compute
        _tell(
            answers,
            case=case.name,
            **_computed(stack, case, compute, floatx),
            seconds=round(time.monotonic() - began, 4),
        )
    os._exit(0)


def _computed(stack, case, compute, floatx):
    if compute is None:
        return _said("absent", error="no other package computes this case")
    try:
        inputs = case.inputs(**case.arguments)
        if floatx == "float64" and compute is case.witness:
            inputs = {name: one.astype(floatx) if one.dtype.kind == "f" else one for name, one in inputs.items()}
        values = {name: np.asarray(one) for name, one in compute(stack, inputs, **case.arguments).items()}
    except LeftOut as error:
        return _said("left_out", error=str(error))
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        if isinstance(error, AttributeError) or any(words in text for words in ABSENT):
            return _said("absent", error=text)
        return _said("refused" if isinstance(error, REFUSALS) else "crashes", error=text)
    told = expected(case)
    far = [departure(values, one) for one in told]
    nearest = int(np.argmin(far))
    wanted = {name: value for name, (value, _) in told[nearest].items()}
    apart = far[nearest] if math.isfinite(far[nearest]) else None
    return _said("computed", apart, _packed({name: values[name] for name in wanted}), _packed(wanted))


def _said(status, departure=None, values=None, wanted=None, error=None):
    return {"status": status, "departure": departure, "values": values, "wanted": wanted, "error": error}


def _packed(arrays):
    """JSON of arrays: name → [shape, float64 in base64]."""
    return {
        name: [list(np.shape(array)), base64.b64encode(np.asarray(array, "<f8").tobytes()).decode()]
        for name, array in arrays.items()
    }


def _tell(answers, **content):
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
