"""What is reused is what would be trained: whatever a run read, another content of it makes another job."""

import contextlib
import importlib
import tempfile
import textwrap

import pytest

from seedluck.config import fingerprint
from seedluck.tracking.parent import SweepRun
from tests.conftest import job_of, trained

C_READS = """
    import ctypes
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    file = libc.fopen(b"data.txt", b"r")
    word = ctypes.create_string_buffer(1)
    libc.fread(word, 1, 1, ctypes.c_void_p(file))
    print("score:", int(word.value))
"""
LINK = "read through a link"
#: What is read, how the script reads it, the file that is edited; what that file holds is a number.
READS = {
    "a script whose name has a dot": ("train.v2.py", "print('score:', 1)", "train.v2.py"),
    "a script without an ending": ("train", "print('score:', 1)", "train"),
    "a module beside it": ("train.py", "import helper; print('score:', helper.x)", "helper.py"),
    LINK: ("train.py", "import helper; print('score:', helper.x)", "../elsewhere.py"),
    "what it executes": ("train.py", "exec(open('helper.py').read()); print('score:', x)", "helper.py"),
    "what importlib imports": (
        "train.py",
        "import importlib; print('score:', importlib.import_module('help' + 'er').x)",
        "helper.py",
    ),
    "data": ("train.py", "print('score:', float(open('data.txt').read()))", "data.txt"),
    "data by NumPy": ("train.py", "import numpy; print('score:', float(numpy.loadtxt('data.txt')))", "data.txt"),
    "data by a library": ("train.py", C_READS, "data.txt"),
    "data elsewhere": ("train.py", "print('score:', float(open('../far.txt').read()))", "../far.txt"),
}


@pytest.fixture
def job(composed, tmp_path):
    """Train a script and say, when asked again, what stored run stands for it."""
    folder = tmp_path / "place"
    folder.mkdir()
    number = 0

    def configured(name, *more):
        words = ["scenario=script", f"scenario.script='{folder}/{name}'", "scenario.metric=score"]
        return composed(*words, *more)

    class Job:
        place = folder

        def train(self, name, *words):
            nonlocal number
            number += 1
            self.config = configured(name, *words)
            result = trained(job_of(self.config, tmp_path / f"job{number}"))
            assert result["status"] == "finished", result["reason"]
            self.parent = SweepRun(self.config["tracking"]["uri"], result["run_id"])

        @property
        def stored(self):
            importlib.invalidate_caches()
            return self.parent.fingerprinted(fingerprint(self.config, []), script=self.config["scenario"]["script"])

    return Job()


@pytest.mark.parametrize("what", READS)
def test_an_edit_of_what_was_read_is_another_job(job, what):
    name, source, edited = READS[what]
    (job.place / "data.txt").write_text("1")
    (job.place.parent / "far.txt").write_text("1")
    if what == LINK:
        (job.place.parent / "elsewhere.py").write_text("x = 1")
        (job.place / "helper.py").symlink_to("../elsewhere.py")
    else:
        (job.place / "helper.py").write_text("x = 1")
    (job.place / name).write_text(textwrap.dedent(source))
    job.train(name)
    assert job.stored is not None
    (job.place / "unread.txt").write_text("of no matter")
    assert job.stored is not None
    path = job.place / edited
    path.write_text(path.read_text().replace("1", "23"))
    assert job.stored is None


def test_what_a_library_reads_in_a_folder_that_is_handed_on_counts(job, tmp_path):
    far = tmp_path / "far"
    far.mkdir()
    for name in ("data.txt", "unread.txt"):
        (far / name).write_text("1")
    source = textwrap.dedent(C_READS).replace('b"data.txt"', "sys.argv[1].partition('=')[2].encode() + b'/data.txt'")
    (job.place / "train.py").write_text("import sys\n" + source)
    job.train("train.py", f"scenario.args=['--data={far}']")
    assert job.stored is not None
    (far / "unread.txt").write_text("2")
    assert job.stored is not None
    (far / "data.txt").write_text("2")
    assert job.stored is None


def test_a_package_beside_a_script_of_its_name_is_not_the_script(job):
    (job.place / "train").mkdir()
    (job.place / "train" / "__init__.py").write_text("")
    (job.place / "train.py").write_text("print('score: 1')")
    job.train("train.py")
    assert job.stored is not None
    (job.place / "train.py").write_text("print('score: 2')")
    assert job.stored is None


def test_what_else_lies_in_the_folder_for_temporary_files_does_not_count(job):
    (job.place / "train.py").write_text(
        "import os, tempfile; print('score:', min(1, len(os.listdir(tempfile.gettempdir()))))"
    )
    job.train("train.py")
    with tempfile.NamedTemporaryFile():
        assert job.stored is not None


def test_a_module_of_PYTHONPATH_counts(job, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "of_path.py").write_text("x = 1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "mine"))
    (job.place / "train.py").write_text("import of_path; print('score:', of_path.x)")
    job.train("train.py")
    assert job.stored is not None
    (tmp_path / "mine" / "of_path.py").write_text("x = 2")
    assert job.stored is None


@pytest.mark.parametrize("read", ["os.environ.get('SHIFT', '0')", "os.getenv('SHIFT') or '0'", "os.environ['SHIFT']"])
def test_an_environment_variable_counts_and_its_value_is_nowhere(job, monkeypatch, read):
    monkeypatch.setenv("SHIFT", "31415926")
    (job.place / "train.py").write_text(f"import os; print('score:', len({read}))")
    job.train("train.py")
    monkeypatch.setenv("OTHER", "1")
    assert job.stored is not None
    for path in (job.place.parent / "job1").rglob("*"):
        with contextlib.suppress(IsADirectoryError):
            assert b"31415926" not in path.read_bytes(), path
    monkeypatch.setenv("SHIFT", "1")
    assert job.stored is None


def test_the_names_in_a_folder_that_was_listed_count(job):
    (job.place / "data").mkdir()
    (job.place / "data" / "1.txt").write_text("1")
    source = "import glob, os; os.makedirs('data/new'); print('score:', len(glob.glob('data/*.txt')))"
    (job.place / "train.py").write_text(source)
    job.train("train.py")
    assert job.stored is not None
    (job.place / "data" / "2.txt").write_text("1")
    assert job.stored is None


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("place", ["home", "home/.cache", "data"])
def test_of_the_users_home_only_what_the_script_itself_lists_counts(job, tmp_path, monkeypatch, place, counts):
    package, folder = tmp_path / "site-packages", tmp_path / place
    package.mkdir()
    folder.mkdir(parents=True)
    (folder / "one.txt").write_text("1")
    looks = f"len(glob.glob({str(folder / '*')!r}))"
    (package / "looks.py").write_text(f"import glob\ndef x(): return {looks}")
    monkeypatch.setenv("PYTHONPATH", str(package))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    own = f"import glob; print({looks}); " if counts else ""  # after the package has looked
    (job.place / "train.py").write_text(f"import looks; print('score:', looks.x()); {own}")
    job.train("train.py")
    assert job.stored is not None
    (folder / "another.txt").write_text("2")
    assert (job.stored is None) is (counts or place == "data")


def test_what_is_in_a_folder_that_the_run_made_itself_does_not(job):
    source = """
        import os, shutil, tempfile
        place = tempfile.mkdtemp()
        os.makedirs(f"{place}/a/b")
        open(f"{place}/a/x", "w").write("1")
        print("score:", len(os.listdir(f"{place}/a")) + float(open(f"{place}/a/x").read()))
        shutil.rmtree(place)
    """
    (job.place / "train.py").write_text(textwrap.dedent(source))
    job.train("train.py")
    assert job.stored is not None


def test_a_file_that_the_run_wrote_itself_does_not(job):
    (job.place / "train.py").write_text("open('out', 'w').write('1'); print('score:', float(open('out').read()))")
    job.train("train.py")
    (job.place / "out").write_text("2")
    assert job.stored is not None
