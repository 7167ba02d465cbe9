"""A disk that fills up in the middle of a sweep: nothing is lost, and one sentence says which disk it is."""

import os
import subprocess

import pytest

from tests.conftest import OWN, call

LUCK = [f"--config-dir={OWN}", "-m", "scenario=luck", "framework=custom_loop", "framework.execution=eager"]
SWEEP = [*LUCK, "variant=plain,same", "seed.value=range(8)", "sweep.evidence=[]"]
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]


@pytest.fixture
def disk(tmp_path):
    """Makes a small disk of so many kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(kilobytes):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], check=True)
        return place

    yield mount
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # a store of before may have it open


def last_words(done):
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) < 25  # the jobs' own lines, and no library's
    return done.stderr.strip().splitlines()[-1]


def test_the_disk_of_the_runs(disk, store, tmp_path):
    place = disk(500)
    said = last_words(call(*SWEEP, *store, f"hydra.sweep.dir={place}/sweep"))
    assert f"the disk that holds {place}" in said
    assert "tracking store" not in said
    assert "every finished run is kept" in said
    assert "sweep.resume=" in said


def test_the_disk_of_the_store(disk, tmp_path):
    place = disk(1200)
    tracking = [f"tracking.uri=sqlite:///{place}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts"]
    said = last_words(call(*SWEEP, *tracking, f"hydra.sweep.dir={tmp_path}/sweep"))
    assert "its disk is full" in said
    assert f"{place}/mlflow.db" in said
    assert f"every run is whole in its folder under {tmp_path}/sweep" in said
