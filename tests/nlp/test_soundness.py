"""A damaged or missing model file is found and named, whichever of them it is; and no file that is read is left out."""

import sys
from pathlib import Path

import pytest

from bot import doctor
from nlp import sounds
from nlp.acts import Acts
from nlp.classifier import FOLDER, Reader
from nlp.retrieval import Finder
from nlp.scam import ScamChecker
from nlp.soundness import NEEDED, broken
from tests import builders

OPENED: list[str] | None = None


def _note(event, arguments):
    if event == "open" and OPENED is not None and isinstance(arguments[0], (str, Path)):
        OPENED.append(str(arguments[0]))


sys.addaudithook(_note)  # a hook stays for good; it costs a look at a name


@pytest.fixture
def model(tmp_path):
    """The model folder, of which single files can be spoilt."""
    for path in FOLDER.iterdir():
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


def spoil(folder, name, how):
    whole = (FOLDER / name).read_bytes()
    (folder / name).unlink()
    if how != "missing":
        (folder / name).write_bytes({"half": whole[: len(whole) // 2], "other": b"{}"}[how])


def test_the_packaged_model_is_sound():
    assert broken(FOLDER) == ""


@pytest.mark.parametrize("name", NEEDED)
def test_whatever_file_is_missing_the_doctor_names_it(model, monkeypatch, tmp_path, name):
    spoil(model, name, "missing")
    monkeypatch.setattr(doctor, "MODEL", model)
    (found,) = doctor._model(builders.settings(tmp_path / "var"))
    assert not found.good and f"{model / name}: " in found.text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # numpy leaves a file open that is no archive
@pytest.mark.parametrize("name", NEEDED)
def test_whatever_file_is_cut_off_the_doctor_names_it(model, monkeypatch, tmp_path, name):
    spoil(model, name, "half")
    monkeypatch.setattr(doctor, "MODEL", model)
    (found,) = doctor._model(builders.settings(tmp_path / "var"))
    assert not found.good and str(model / name) in found.text and "\n" not in found.text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sense.txt", "finder.json", "meaning_terms.json", "entries_terms.json", "after.json"])
def test_a_file_that_can_be_read_and_says_something_else_is_named_too(model, name):
    spoil(model, name, "other")
    assert str(model / name) in broken(model)


def test_all_that_is_read_from_the_model_folder_is_needed(finder_folder):
    """The parts name their files themselves; here is seen that none of them reads another."""
    global OPENED
    sounds._table.cache_clear()
    OPENED = []
    try:
        Reader.load(FOLDER), ScamChecker.load(FOLDER), Acts.load(FOLDER)
        Finder(builders.knowledge().entries.values(), keep=finder_folder, model=FOLDER)
        opened = {Path(name).name for name in OPENED if Path(name).parent == FOLDER}
    finally:
        OPENED = None
    assert opened == set(NEEDED)


