"""What people see: a team's server and the page of a verdict in a real browser."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from seedluck.basics.project import PROJECT
from tests.conftest import OWN
from tests.scale.server_here import ADMIN, Server

pytestmark = pytest.mark.scale

WIDE, PHONE = {"width": 1500, "height": 1000}, {"width": 390, "height": 844}
QUIET = """try {  // MLflow opens these for whoever comes for the first time
    localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
    localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
} catch {}"""
LONG = "long " * 2000


def call(server, module, *words):
    """Run a command as the admin; return all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=PROJECT,
        env={**os.environ, **server.as_user()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout.replace(LONG, "LONG")[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with a sweep that was explained, and one whose names are hostile."""
    server = Server(tmp_path_factory.mktemp("browser") / "kept")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def explained(server, tmp_path_factory):
    """The folder of a sweep that found a bug, and whose cause was found."""
    folder = tmp_path_factory.mktemp("explained") / "sweep"
    words = [f"--config-dir={OWN}", "scenario=luck", *server.words, "variant=plain,shifted", "seed.value=range(5)"]
    call(server, "src.run", "-m", *words, f"hydra.sweep.dir={folder}")
    run_id = json.loads((folder / "verdict.json").read_text())["run_id"]
    call(server, "src.explain", f"sweep={run_id}", f"tracking.uri={server.uri}")
    return folder


@pytest.fixture(scope="module")
def hostile(server, tmp_path_factory):
    """The folder of a sweep whose names markup, tables, paths, shells and terminals could misread, and what it said."""
    folder = tmp_path_factory.mktemp("hostile") / "sweep"
    variants = yaml.safe_load((OWN / "scenario" / "named.yaml").read_text())["variants"] + [LONG]
    quoted = ",".join("'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'" for name in variants)
    words = [f"--config-dir={OWN}", "scenario=named", *server.words, f"variant={quoted}"]
    words += [f"scenario.variants=[{quoted}]", "seed.value=0,1", "sweep.evidence=[]", f"hydra.sweep.dir={folder}"]
    words += [
        "runtime=keras_jax",
        "framework=keras",
        "scenario.settings.layer='<img src=x onerror=alert(2)>'",
        f"scenario.settings.remark='{LONG}'",
    ]
    return folder, call(server, "src.run", "-m", *words)


@pytest.fixture(scope="module")
def chromium():
    """A browser; Debian's, since playwright's own is not on the registries."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium")
    assert found, "chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def look(chromium):
    """Open pages; what goes wrong on them is in ``look.wrong``."""
    contexts = []

    def look(address, viewport=WIDE, **options):
        context = chromium.new_context(
            viewport=viewport, http_credentials={"username": "admin", "password": ADMIN}, **options
        )
        context.add_init_script(QUIET)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: look.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (look.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: look.wrong.append(said.text) if _counts(said) else None)
        page.goto(address)
        return page

    look.wrong = []
    yield look
    for context in contexts:
        context.close()


def _counts(said):
    """Whether a page of ours, or MLflow on behalf of our files, complains in the console."""
    mlflows_own = "ResizeObserver" in said.text or "/static-files/" in said.location.get("url", "")
    missing = "404" in said.text and "/get-artifact" not in said.location.get("url", "")
    return said.type == "error" and not (mlflows_own or missing)


def of(server, folder):
    """(experiment's id, run's id) of a sweep."""
    run_id = json.loads((folder / "verdict.json").read_text())["run_id"]
    return server.client().get_run(run_id).info.experiment_id, run_id


@pytest.fixture(autouse=True)
def admin(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", ADMIN)


def test_the_list_shows_the_verdict_before_a_click(server, explained, look):
    place, _ = of(server, explained)
    page = look(f"{server.uri}/#/experiments/{place}/runs?workflowType=machine_learning")
    page.get_by_text("TRUE BUG").first.wait_for()
    assert not look.wrong


def test_the_run_of_a_sweep_shows_note_metrics_and_pictures(server, explained, look):
    place, run_id = of(server, explained)
    page = look(f"{server.uri}/#/experiments/{place}/runs/{run_id}")
    page.get_by_text("shifted against plain (variant)").first.wait_for()
    page.get_by_text("mean/shifted").first.wait_for()
    page = look(f"{server.uri}/#/experiments/{place}/runs/{run_id}/artifacts/outcomes.png")
    page.locator("img").first.wait_for()
    page.wait_for_function("[...document.images].some(image => image.naturalWidth > 300)")
    assert not look.wrong


def test_the_page_opens_from_the_artifacts_with_what_explains_it(server, explained, look):
    place, run_id = of(server, explained)
    page = look(f"{server.uri}/#/experiments/{place}/runs/{run_id}/artifacts/verdict.html")
    inside = page.frame_locator("iframe")
    inside.get_by_text("the sides ought to end the same").first.wait_for()
    inside.get_by_role("heading", name="Why", exact=True).wait_for()
    inside.get_by_text("scenario.settings.shift").first.wait_for()
    assert not look.wrong


def test_runs_are_compared_side_by_side_and_in_parallel_coordinates(server, explained, look):
    place, run_id = of(server, explained)
    below = f"tags.`mlflow.parentRunId` = '{run_id}' and tags.role = 'outcome'"
    runs = [run.info.run_id for run in server.client().search_runs([place], below)]
    assert len(runs) == 10
    page = look(f"{server.uri}/#/compare-runs?runs={quote(json.dumps(runs))}&experiments={quote(json.dumps([place]))}")
    page.get_by_text("Comparing 10 Runs").wait_for()
    page.locator(".parcoords, .js-plotly-plot").first.wait_for()
    page.get_by_text("resolved.scenario.settings.shift").first.wait_for()
    page.get_by_text("variant=shifted seed 4").first.wait_for()
    assert not look.wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_keeps_nobody_out(explained, hostile, look, viewport, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for folder in (explained, hostile[0]):
        page = look((folder / "verdict" / "verdict.html").as_uri(), viewport, color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert not found, [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "group"  # a table that a key can scroll
    assert not look.wrong


def test_hostile_names_do_nothing(server, hostile, look):
    folder, said = hostile
    assert "\x1b" not in said
    assert not Path("/tmp/escaped").exists()
    with open(folder / "verdict" / "runs.csv", newline="") as table:
        cells = [cell for row in csv.reader(table) for cell in row]
    assert len(cells) > 100
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]  # which a spreadsheet would compute
    place, run_id = of(server, folder)
    child = server.client().search_runs([place], f"tags.`mlflow.parentRunId` = '{run_id}'")[0].info.run_id
    for address, words in (
        (f"experiments/{place}/runs?workflowType=machine_learning", "INCONCLUSIVE"),
        (f"experiments/{place}/runs/{run_id}", "<script>alert(1)</script>"),
        (f"experiments/{place}/runs/{child}", "About this run"),
    ):
        page = look(f"{server.uri}/#/{address}")
        page.get_by_text(words).first.wait_for()
        assert page.locator("img[src='x'], a[href^='javascript']").count() == 0
    page = look(f"{server.uri}/#/experiments/{place}/runs/{run_id}/artifacts/verdict.html")
    page.frame_locator("iframe").get_by_text("<script>alert(1)</script>").first.wait_for()
    assert not look.wrong
