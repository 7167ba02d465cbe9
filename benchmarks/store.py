"""What a store with very many runs costs: a verdict, the list of verdicts, finding runs that can be used again.

    python -m benchmarks.store [runs] [sqlite|server]

A real sweep trains four runs. Their rows are copied in the database, each copy with an outcome of its own, until the
store holds so many runs: sweeps of 2 x 1000, in eleven experiments. Printed are the
seconds of each question, first in a store that holds little more than the sweep that is judged, then in the full one.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid

import numpy as np
import sqlalchemy
from sqlalchemy import text

from seedluck.basics.project import PROJECT
from seedluck.config.place import Place

OWN = PROJECT / "tests" / "own"
PASSWORD = "only-for-a-benchmark"
COPIED = 20_000  # runs in one statement


@contextlib.contextmanager
def stores(kind: str):
    """Yield the address that users have, that of the database, and the overrides of a run in it."""
    with tempfile.TemporaryDirectory() as scratch:
        if kind == "sqlite":
            uri = f"sqlite:///{scratch}/mlflow.db"
            yield uri, uri, [f"tracking.uri={uri}", f"tracking.artifacts={scratch}/artifacts"]
            return
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        os.environ.update(MLFLOW_TRACKING_USERNAME="admin", MLFLOW_TRACKING_PASSWORD=PASSWORD)
        server = subprocess.Popen(
            [sys.executable, "-m", "src.server", f"port={port}", f"folder={scratch}/server"],
            env={**os.environ, "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
        )
        try:
            server.stdout.readline()
            uri = f"http://127.0.0.1:{port}"
            database = f"postgresql+psycopg2://postgres:@/postgres?host={scratch}/server/postgres"
            yield uri, database, ["tracking=server", f"tracking.uri={uri}"]
        finally:
            server.terminate()
            server.wait()


def copy(database, originals: dict, copies: list[tuple]):
    """Copy runs in the database. originals: side → id of a run. copies: (side, parent, seed, experiment, outcome)."""
    columns = {
        "runs": {"run_uuid": "c.new", "experiment_id": "c.experiment"},
        "tags": {
            "run_uuid": "c.new",
            "value": "CASE key WHEN 'mlflow.parentRunId' THEN c.parent WHEN 'seed' THEN c.seed "
            "WHEN 'fingerprint' THEN c.new ELSE value END",
        },
        "params": {"run_uuid": "c.new", "value": "CASE key WHEN 'seed.value' THEN c.seed ELSE value END"},
        "metrics": {"run_uuid": "c.new"},
        "latest_metrics": {"run_uuid": "c.new", "value": "CASE key WHEN 'outcome' THEN c.outcome ELSE value END"},
    }
    of_columns = {table: [c["name"] for c in sqlalchemy.inspect(database).get_columns(table)] for table in columns}
    for at in range(0, len(copies), COPIED):
        rows = [
            {"old": originals[side], "new": uuid.uuid4().hex, "parent": parent, "seed": str(seed), "experiment": place,
             "outcome": float(outcome)}
            for side, parent, seed, place, outcome in copies[at : at + COPIED]
        ]  # fmt: skip
        with database.begin() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE c (old VARCHAR(32), new VARCHAR(32), parent VARCHAR(32), "
                                    "seed VARCHAR(9), experiment INTEGER, outcome DOUBLE PRECISION)"))  # fmt: skip
            table = sqlalchemy.table("c", *map(sqlalchemy.column, rows[0]))
            connection.execute(sqlalchemy.insert(table), rows)
            for name, changed in columns.items():
                known = of_columns[name]
                values = ", ".join(changed.get(column, f"t.{column}") for column in known)
                copied = f"SELECT {values} FROM c JOIN {name} t ON t.run_uuid = c.old"
                connection.execute(text(f"INSERT INTO {name} ({', '.join(known)}) {copied}"))
            connection.execute(text("DROP TABLE c"))
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def whole(uri, parent_id: str, seeds: int, experiment: str, outcomes: np.random.Generator):
    """Begin a sweep like another one, of so many seeds; return its id and the copies that make it whole."""
    from seedluck.tracking.parent import SweepRun

    like = SweepRun(uri, parent_id)
    description = like.description()
    sides = [side.label for side in description.sides]
    description.seeds = list(range(seeds))
    description.jobs = [Place("outcome", side, seed, 0) for seed in range(seeds) for side in sides]
    config = {"tracking": {"uri": uri, "experiment": experiment, "artifacts": None}}
    parent = SweepRun.create(config, description.name)
    parent.begin({}, {"scenario": "luck", "question": description.name, "plan": description.plan})
    parent.describe(description.content())
    parent.finish("FINISHED")
    drawn = outcomes.normal(1.0, 0.1, (seeds, len(sides)))
    copies = [
        (side, parent.run_id, seed, int(parent.experiment), drawn[seed, k])
        for seed in range(seeds)
        for k, side in enumerate(sides)
    ]
    return parent.run_id, copies


def timed(question, repeat=3):
    """The least seconds that a question takes."""
    spent = []
    for _ in range(repeat):
        began = time.perf_counter()
        question()
        spent.append(time.perf_counter() - began)
    return min(spent)


def questions(uri, big: str):
    """Ask everything of the store once; return name → seconds."""
    from seedluck.tracking.parent import SweepRun
    from seedluck.tracking.reader import newest_sweep, newest_sweeps, seconds_before
    from seedluck.verdicts.judgement import judge

    parent = SweepRun(uri, big)
    description = parent.description()
    children = parent.children(description)
    assert len(children) == 2000
    config = {"scenario": {"name": "luck", "epochs": 3}, "framework": {"name": "keras"}, "runtime": {"name": "this"}}
    tracking = {"uri": uri, "experiment": "luck"}
    return {
        "reading 2 x 1000 runs": timed(lambda: parent.children(description)),
        "a verdict on 2 x 1000, reading included": timed(lambda: judge(parent, description)),
        "the last 20 verdicts": timed(lambda: newest_sweeps(uri, 20)),
        "the newest sweep of a plan": timed(lambda: newest_sweep(tracking, description.plan)),
        "a run to use again": timed(lambda: parent.fingerprinted(children[-1].fingerprint)),
        "a run's id from its beginning": timed(lambda: SweepRun(uri, big[:8])),
        "how long such runs took": timed(lambda: seconds_before({**config, "tracking": tracking})),
    }


def main(runs: int = 100_000, kind: str = "server"):
    """Print the figures."""
    from seedluck.commands.run import main as run
    from seedluck.tracking.parent import SweepRun

    with stores(kind) as (uri, database, words):
        engine = sqlalchemy.create_engine(database)
        with tempfile.TemporaryDirectory() as folder:
            asked = ["variant=plain,same", "seed.value=0,1", "sweep.evidence=[]", f"hydra.sweep.dir={folder}/sweep"]
            assert run(["-m", f"--config-dir={OWN}", "scenario=luck", *words, *asked]) == 0
        with engine.connect() as connection:
            parent = connection.execute(text("SELECT run_uuid FROM tags WHERE key = 'kind'")).scalar()
        originals = {child.side: child.run_id for child in SweepRun(uri, parent).children()}
        drawn = np.random.default_rng(0)
        big, copies = whole(uri, parent, 1000, "luck", drawn)
        copy(engine, originals, copies)
        few = questions(uri, big)
        copies, filled = [], 2000
        while filled + len(copies) < runs:
            copies += whole(uri, parent, 1000, f"luck {len(copies) // 2000 % 10}", drawn)[1]
        began = time.perf_counter()
        copy(engine, originals, copies)
        print(f"{len(copies)} runs copied in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        many = questions(uri, big)
        if kind == "server":
            with engine.connect() as connection:
                size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar()
            print(f"the database holds {size / 1e9:.1f} GB, {size / 1e3 / runs:.0f} kB a run")
        print(f"{kind}: seconds in a store of 2 000 runs, of {runs}")
        for name, seconds in few.items():
            print(f"{name:45} {seconds:8.2f} {many[name]:8.2f}")


if __name__ == "__main__":
    main(*[int(sys.argv[1])] if sys.argv[1:] else [], *sys.argv[2:])
