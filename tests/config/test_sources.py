"""Which files decide what a scenario trains."""

from seedluck.basics.project import SOURCES
from seedluck.config import fingerprint, sources


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(target, folder):
    return [path.name for path in sources.sources(target, [str(folder)])]


def test_what_a_module_imports_from_its_own_folder_belongs_to_it(tmp_path):
    mine = "import helper\nimport numpy\nclass Mine: pass\n"
    write(tmp_path, {"mine.py": mine, "helper.py": "from other import x\n", "other.py": "x = 1\n", "apart.py": ""})
    assert names("mine.Mine", tmp_path) == ["helper.py", "mine.py", "other.py"]


def test_so_does_what_a_package_imports_relatively_or_inside_a_function(tmp_path):
    mine = "from . import near\ndef f():\n    from .deep.far import x\n"
    write(tmp_path, {"pack/__init__.py": "", "pack/mine.py": mine, "pack/near.py": "", "pack/unused.py": ""})
    write(tmp_path, {"pack/deep/__init__.py": "", "pack/deep/far.py": "x = 1\n"})
    assert names("pack.mine.Mine", tmp_path) == ["__init__.py", "__init__.py", "far.py", "mine.py", "near.py"]


def test_a_circle_of_imports_and_a_file_that_is_no_python_end(tmp_path):
    write(
        tmp_path, {"mine.py": "import helper\n", "helper.py": "import mine\nimport broken\n", "broken.py": "def (:\n"}
    )
    assert names("mine.Mine", tmp_path) == ["broken.py", "helper.py", "mine.py"]
    assert names("nowhere.Thing", tmp_path) == []


def test_an_edited_helper_makes_another_job(composed, tmp_path):
    config = composed()
    config["scenario"]["_target_"] = "mine.Mine"
    found = []
    for text in ("x = 1\n", "x = 2\n"):
        write(tmp_path, {"mine.py": "import helper\n", "helper.py": text})
        found.append(fingerprint(config, [str(tmp_path)]))
    assert found[0] != found[1]


def test_the_projects_own_scenarios_do_not_drag_in_the_control_plane():
    found = sources.sources("seedluck_worker.scenarios.tied_ae.TiedAutoencoder", [str(SOURCES)])
    assert SOURCES / "seedluck_worker" / "scenarios" / "tied_ae.py" in found
    assert not [path for path in found if path.parent.name in ("sweeps", "tracking", "report")]
