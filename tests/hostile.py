"""Overrides and arguments that nobody means, made up at random: every leaf of the configuration, every odd value."""

import random

from seedluck.config import leaves

VALUES = [
    "", "null", "nan", "inf", "-inf", "-1", "0", "1", "1e309", "-1e309", "1e-400", "999999999999999999999", "1.5", "''",
    '""', "[]", "{}", "[1,2]", "[nan]", "{a:1}", "true", "'a b'", "a b", "$x", "${x}", "${oc.env:NOWHERE}", "${.}",
    "${seed.value}", "../../x", "/", "/dev/null", "é", "\\", "'", "(", ")", "[", "{", "x" * 3000, "1,2", "1,1", "0,00",
    "a,b", "range(3)", "range(0)", "range(0,5,0)", "glob(*)", "choice(1)", "choice(1,2)", "interval(0,1)", "sort(2,1)",
    "tag(a,1)", "shuffle(1,2)", "???", "0x10", "1_000", ".5", "-0", "None", "sgd", "keras", "tf1_13", "current", "=",
    "a=b", "@", "#", "%", "\t", "1e5", "12e3", "~", "-m", "--help", "\x00"[:0] + "\x7f",
]  # fmt: skip
PREFIXES = ["", "", "", "", "+", "++", "~"]
OTHER = [
    "sweep", "swep", "seed", "scenario", "variant", "experiment", "framework", "runtime", "device", "tracking", "hydra",
    "hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.launcher.n_jobs", "hydra/launcher", "hydra.mode",
    "hydra.job.name", "optimizer.settings.momentum", "scenario.optimizer_settings.use_ema", "nothing", "",
]  # fmt: skip
EXPLAIN = ["sweep", "good", "bad", "over", "over.every", "suspects", "hidden", "dry_run", "sweep.margin"]
VERDICT = ["sweep", "sweep.margin", "tracking.uri", "last", "scenario", "verdict", "verdit"]


def overrides(config: dict, count: int, seed: int) -> list[str]:
    """So many overrides; with enough of them every leaf of the configuration is among them."""
    draw = random.Random(seed)
    names = [*leaves(config), *OTHER]
    draw.shuffle(names)
    found = []
    for i in range(count):
        name, prefix = names[i % len(names)], draw.choice(PREFIXES)
        found.append(f"~{name}" if prefix == "~" and draw.random() < 0.7 else f"{prefix}{name}={draw.choice(VALUES)}")
    return found


def arguments(keys: list[str], count: int, seed: int) -> list[list[str]]:
    """So many lists of one to three arguments NAME=VALUE of a command that has these names."""
    draw = random.Random(seed)
    return [
        [f"{draw.choice(keys)}={draw.choice(VALUES)}" for _ in range(draw.randint(1, 3))]
        if draw.random() < 0.9
        else [draw.choice(VALUES)]
        for _ in range(count)
    ]
