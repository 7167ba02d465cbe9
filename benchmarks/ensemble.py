"""What a thousand seeds cost by framework=ensemble, against one seed by fit.

    python -m benchmarks.ensemble plan FOLDER [seeds]    compose the jobs into a folder, on this machine
    INTERPRETER -m benchmarks.ensemble train FOLDER      train them, a process each, where JAX and Keras are
    python -m benchmarks.ensemble show FOLDER [PNG]      print the table, draw the picture
    python -m benchmarks.ensemble [seeds]                all three, in the runtime keras_jax
    python -m benchmarks.ensemble warm [seeds]           the whole command, against warm workers that train a seed each

``train`` needs NumPy, JAX and Keras alone, so that it runs on a machine with a GPU too. Seconds count all but the
import of the framework: set-up, compiling, training, measuring, files. All of a folder is trained in one call.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
#: Name → overrides. fit does not take gpd, whose loss is no mean over rows; an ensemble of one seed stands for it.
CASES = {
    "tied_ae": ["scenario=tied_ae", "variant=tied_call"],
    "gpd": ["scenario=gpd"],
    "embedding": ["scenario=embedding"],
    "ewma_rnn": ["scenario=ewma_rnn"],
    "input_shape": ["scenario=input_shape", "scenario.settings.rows=5000"],
    "accumulation": ["scenario=accumulation", "variant=accumulated"],
    "averaging": ["scenario=averaging", "scenario.optimizer_settings.use_ema=true"],
    "adadelta": ["scenario=adadelta"],
    "tokens": ["scenario=tokens"],
}
GROWTH = (1, 10, 100, 1000, 10000)  # seeds of ewma_rnn, for the picture


def plan(folder, seeds=1000):
    """Write a job.json for each training."""
    from hydra import compose, initialize_config_dir

    from seedluck import config as configuration
    from seedluck.basics.strict_json import write

    seeds, wanted = int(seeds), {}
    configuration.register()
    for name, words in CASES.items():
        if name != "gpd":
            wanted[f"{name}/fit"] = words, "keras", 1
        wanted[f"{name}/ensemble_{seeds}"] = words, "ensemble", seeds
    for many in GROWTH:
        wanted[f"ewma_rnn/ensemble_{many}"] = CASES["ewma_rnn"], "ensemble", many
    wanted["gpd/ensemble_1"] = CASES["gpd"], "ensemble", 1
    with initialize_config_dir(str(HERE / "conf"), version_base="1.3"):
        for place, (words, framework, many) in wanted.items():
            asked = [*words, f"framework={framework}", "runtime=keras_jax"]
            config = configuration.resolved(compose("config", asked))
            (Path(folder) / place).mkdir(parents=True, exist_ok=True)
            several = {"seeds": list(range(many))} if many > 1 else {}
            write(Path(folder) / place / "job.json", {**config, **several}, keep_infinity=True)


def train(folder, kind="cpu"):
    """Train what is not trained yet, one process a job. kind: of the device."""
    for file in sorted(Path(folder).glob("*/*/job.json")):
        if (file.parent / "events.jsonl").exists():
            continue
        job = json.loads(file.read_text())
        job["device"]["kind"] = kind
        file.write_text(json.dumps(job))
        done = subprocess.run([sys.executable, "-m", "benchmarks.ensemble", "one", str(file.parent)], cwd=HERE)
        print(file.parent.relative_to(folder), done.returncode, f"{seconds(file.parent):.2f} s", flush=True)


def one(folder):
    """Train one job in this process, with the framework imported before; leave the seconds its cores were busy."""
    import os
    import time

    os.environ["KERAS_BACKEND"] = "jax"
    for name in ("weights", "graph"):
        (Path(folder) / name).mkdir(exist_ok=True)
    import jax
    import keras  # noqa: F401

    from seedluck_worker.worker.job import run

    jax.numpy.zeros(1).block_until_ready()  # the device is there
    busy = time.process_time()
    code = run(folder)
    (Path(folder) / "busy.json").write_text(json.dumps(time.process_time() - busy))
    sys.exit(code)


def by_hand(folder, seeds):
    """Train ewma_rnn for many seeds with JAX alone: the same cell, loss and steps, without Keras."""
    import time

    import jax
    import jax.numpy as jnp
    import numpy as np

    signal = np.random.RandomState(0).rand(3000).astype("float32")
    wanted = np.empty_like(signal)
    average = signal.mean()
    for i, sample in enumerate(signal):
        average = wanted[i] = 0.95 * average + 0.05 * sample
    jnp.zeros(1).block_until_ready()
    began, busy = time.time(), time.process_time()

    def loss(weights, x, y):
        return (x * weights[0] + weights[2] - y) ** 2  # of a state that begins at 0 in every batch

    def step(weights, row):
        value, slope = jax.value_and_grad(loss)(weights, signal_there[row], wanted_there[row])
        return weights - 0.1 * slope, value

    def training(key):
        weights = jnp.append(jax.random.uniform(key, (2,), minval=-1.7, maxval=1.7), 0.0)

        def epoch(weights, _):
            weights, losses = jax.lax.scan(step, weights, jnp.arange(3000))
            return weights, losses.mean()

        return jax.lax.scan(epoch, weights, None, length=10)

    signal_there, wanted_there = jnp.asarray(signal), jnp.asarray(wanted)
    keys = jax.random.split(jax.random.PRNGKey(0), int(seeds))
    jax.block_until_ready(jax.jit(jax.vmap(training))(keys))
    told = {"seeds": int(seeds), "seconds": time.time() - began, "busy": time.process_time() - busy}
    (Path(folder) / f"by_hand_{seeds}.json").write_text(json.dumps(told))


def warm(seeds=1000, few=40):
    """Print how many seeds a second a whole sweep trains, by warm workers and by an ensemble, on the same cores.

    few: seeds that workers train, one each; the start of the command and of the workers is taken off theirs alone.
    """
    import time

    def took(framework, many):
        with tempfile.TemporaryDirectory() as folder:
            place = [f"hydra.sweep.dir={folder}/sweep", f"tracking.uri=sqlite:///{folder}/mlflow.db"]
            words = [*CASES[name], f"framework={framework}", "runtime=keras_jax", f"seed.value=range({many})"]
            began = time.monotonic()
            command = [sys.executable, "-m", "src.run", "-m", *words, *place, f"tracking.artifacts={folder}/artifacts"]
            subprocess.run(command, cwd=HERE, check=True, capture_output=True)
            return time.monotonic() - began

    print("| scenario | warm workers, seeds a second | ensemble | times |")
    print("|---|---|---|---|")
    for name in ("ewma_rnn", "tied_ae", "tokens"):
        start, alone, together = took("keras", 2), took("keras", 2 + few), took("ensemble", int(seeds))
        by_workers, by_ensemble = few / (alone - start), int(seeds) / together
        print(f"| `{name}` | {by_workers:.2f} | {by_ensemble:.0f} | {by_ensemble / by_workers:.0f} |", flush=True)


def seconds(folder):
    """Return the seconds of a job, all but the import; NaN if it did not finish."""
    said = Path(folder) / "events.jsonl"
    lines = said.read_text().splitlines() if said.exists() else []
    events = [json.loads(line) for line in lines if line]
    if not any(event["event"] == "result" for event in events):
        return float("nan")
    return events[-1]["time"] - events[0]["time"]


def show(folder, picture=None):
    """Print the table; draw cost against seeds if a picture is asked for."""
    folder = Path(folder)
    many = max(int(path.name.rpartition("_")[2]) for path in folder.glob("tied_ae/ensemble_*"))
    print(f"| scenario | one seed by fit | {many} seeds at once | ratio | times as many seeds a second |")
    print("|---|---|---|---|---|")
    for name in CASES:
        alone = folder / name / ("fit" if name != "gpd" else "ensemble_1")
        first, together = seconds(alone), seconds(folder / name / f"ensemble_{many}")
        print(
            f"| `{name}` | {first:.2f} s | {together:.2f} s | {together / first:.1f} | {many * first / together:.0f} |"
        )
    places = {n: folder / "ewma_rnn" / f"ensemble_{n}" for n in GROWTH}
    grown = {n: seconds(place) for n, place in places.items() if place.exists()}
    print("ewma_rnn:", ", ".join(f"{n} seeds {took:.2f} s" for n, took in grown.items()))
    for file in sorted(folder.glob("by_hand_*.json")):
        hand = json.loads(file.read_text())
        ours = folder / "ewma_rnn" / f"ensemble_{hand['seeds']}"
        busy = json.loads((ours / "busy.json").read_text())
        print(
            f"{hand['seeds']} seeds of ewma_rnn by hand with JAX alone: {hand['seconds']:.2f} s, cores busy for "
            f"{hand['busy']:.2f} s; ensemble: {seconds(ours):.2f} s, {busy:.2f} s; "
            f"{hand['seconds'] / seconds(ours):.2f} and {hand['busy'] / busy:.2f} times as many a second"
        )
    if picture:
        _draw(grown, seconds(folder / "ewma_rnn" / "fit"), picture)


def _draw(grown, alone, picture):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.loglog(list(grown), list(grown.values()), "o-", label="ensemble")
    axes.loglog(list(grown), [n * alone for n in grown], "--", color="grey", label="fit, one after the other")
    axes.set(xlabel="seeds", ylabel="seconds", title="ewma_rnn, ten epochs of 3000 steps")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(picture, dpi=150)


def main(seeds=1000):
    """Plan, train and show in the runtime keras_jax."""
    from seedluck.hunt.stacks import stacks
    from seedluck.runtimes.releases import environment

    with tempfile.TemporaryDirectory() as folder:
        plan(folder, int(seeds))
        interpreter, _ = environment(stacks(["keras_jax"], ["keras"], [])[0].runtime)
        for verb in (["train", folder], *(["by_hand", folder, str(many)] for many in GROWTH[3:])):
            subprocess.run([interpreter, "-m", "benchmarks.ensemble", *verb], cwd=HERE, check=True)
        show(folder)


if __name__ == "__main__":
    verbs = {function.__name__: function for function in (plan, train, one, by_hand, show, warm)}
    verb, *rest = sys.argv[1:] or [""]
    verbs[verb](*rest) if verb in verbs else main(*sys.argv[1:])
