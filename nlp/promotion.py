"""Where promoted models live: outside the package, one folder a version, with one step back. What is broken is never served."""

import hashlib
import os
import shutil
from pathlib import Path

import msgspec

from nlp.classifier import FILES, FOLDER, ModelError, Reader

PACKAGED = "packaged"


class Place(msgspec.Struct, frozen=True):
    """models/current.json: which version is served, which was before it, and the fingerprints of the served files.

    `base` is the packaged version that stood when it was promoted.
    """

    version: str
    former: str
    digests: dict[str, str]
    base: str


class Serving(msgspec.Struct, frozen=True):
    """The model to serve. `problem` says why the promoted one is not served (missing, changed, unreadable), else empty."""

    reader: Reader
    promoted: bool
    problem: str = ""
    outdated: bool = False  # the packaged model has changed since the promotion


class NothingToRollBack(RuntimeError):
    """No promoted model, or the step back was taken already."""


def serving(models: Path, packaged: Path = FOLDER) -> Serving:
    """The promoted model if there is one and it is whole, else the packaged one. Raises ModelError when neither can be read."""
    place = where(models)
    if place is None or place.version == PACKAGED:
        return Serving(Reader.load(packaged), False)
    folder = models / place.version
    try:
        if _digests(folder) != place.digests:
            raise ModelError(f"{folder}: changed since it was promoted")
        reader = Reader.load(folder)
    except (OSError, ModelError) as problem:
        return Serving(Reader.load(packaged), False, str(problem))
    return Serving(reader, True, outdated=_version(packaged) != place.base)


def where(models: Path) -> Place | None:
    """What current.json says; None when nothing was ever promoted or the file cannot be read."""
    try:
        return msgspec.json.decode((models / "current.json").read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return None


def promote(models: Path, new: Path, *, packaged: Path = FOLDER) -> Place:
    """Copy the challenger's files beside the champion's and point to them, in one step that either happens or does not.

    Only one version is kept behind it; running processes serve what they loaded until they start again.
    """
    version = msgspec.json.decode((new / "about.json").read_bytes())["version"]
    before = where(models)
    former = before.version if before else PACKAGED
    folder = models / version
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(new / name, folder / name)
    Reader.load(folder)
    place = Place(version, former, _digests(folder), _version(packaged))
    _point(models, place)
    for old in models.iterdir():
        if old.is_dir() and (old / "weights.npz").is_file() and old.name not in (version, former):
            shutil.rmtree(old)
    return place


def rollback(models: Path, *, packaged: Path = FOLDER) -> Place:
    """Serve the former version again, once. Raises NothingToRollBack, or ModelError if the former cannot be read."""
    place = where(models)
    if place is None or not place.former:
        raise NothingToRollBack("no promoted model to go back from")
    digests: dict[str, str] = {}
    if place.former != PACKAGED:
        Reader.load(models / place.former)
        digests = _digests(models / place.former)
    back = Place(place.former, "", digests, _version(packaged))
    _point(models, back)
    return back


def _point(models: Path, place: Place) -> None:
    mine = models / f".current.{os.getpid()}"
    mine.write_bytes(msgspec.json.format(msgspec.json.encode(place), indent=1))
    os.replace(mine, models / "current.json")


def _digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def _version(folder: Path) -> str:
    return msgspec.json.decode((folder / "about.json").read_bytes())["version"]
