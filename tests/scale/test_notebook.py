"""The notebook of the documentation, run as Jupyter runs it."""

import json

import pytest

from seedluck.basics.project import PROJECT

pytestmark = pytest.mark.scale


def test_every_cell_runs_and_shows_what_it_promises(tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    notebook = nbformat.read(PROJECT / "docs" / "notebook.ipynb", as_version=4)
    store = f'"tracking.uri=sqlite:///{tmp_path}/mlflow.db", "tracking.artifacts={tmp_path}/artifacts"'
    for cell in notebook.cells:
        cell.source = cell.source.replace('"scenario.epochs=5"', f'"scenario.epochs=5", {store}')
        cell.source = cell.source.replace('["run_id"])', f'["run_id"], "sqlite:///{tmp_path}/mlflow.db")')
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert "true_bug: `decoder_kernel_is_encoder_kernel_transposed`" in json.dumps(shown[1])
    assert any("<iframe" in output.get("data", {}).get("text/html", "") for output in shown[1])
    assert "frozen_copy" in json.dumps(shown[2])
    assert shown[3][-1]["data"]["text/plain"] == "'true_bug'"
