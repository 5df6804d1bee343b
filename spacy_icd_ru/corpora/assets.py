"""The public data that models are trained on: where each set comes from, its licence and its checksum.

Nothing of it is part of the package. A set is fetched from its git repository at a fixed commit, or copied
from a local mirror of the same layout, and is only ever put in place whole and checked.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spacy_icd_ru.errors import InputError

MIRROR_VARIABLE = "SPACY_ICD_RU_MIRROR"
_MIRROR_CURE = f"Or give a folder that has the data: --mirror DIR, or the variable {MIRROR_VARIABLE}"


@dataclass(frozen=True)
class Part:
    """One file or folder of a source.

    path: inside the repository. sha256: see ``checksum``. files: how many files it is.
    """

    path: str
    sha256: str
    files: int = 1

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """A public data set at one commit of its git repository.

    folder: where its parts lie, below the destination and below a mirror.
    title, author, url, license, changes: for the attribution; ``changes``: what a trained model makes of it.
    """

    name: str
    repository: str
    commit: str
    parts: tuple[Part, ...]
    folder: str
    title: str
    author: str
    url: str
    license: str
    changes: str

    @property
    def attribution(self) -> str:
        """One line, as CC BY asks: title, authors, source, licence."""
        return f"{self.title}, {self.author}, {self.url}, {self.license}"


SOURCES: tuple[Source, ...] = (
    Source(
        name="ruccod",
        repository="https://github.com/auto-icd-coding/ruccod",
        commit="e13aa1e",
        parts=(
            Part(
                "data/ruccod_train",
                "951aecf87d01df2573b98e5eb3b6c2bc4b120925526e4c557295b1825d209d29",
                files=6000,
            ),
            Part("data/mkb2descr.yaml", "bbc02484bfc5ed43b5ff85300f099be0cc580d0c91c097c3c212f2d31e8614a9"),
        ),
        folder="ruccod",
        title="RuCCoD: Towards Automated ICD Coding in Russian",
        author="authors of arXiv 2502.21263",
        url="https://arxiv.org/abs/2502.21263",
        license="CC BY 4.0",
        changes="Offsets realigned for training; a model holds weights learnt from the records, not records",
    ),
    Source(
        name="nsi",
        repository="https://github.com/ak4nv/mkb10",
        commit="519b65e",
        parts=(
            Part(
                "1.2.643.5.1.13.13.11.1005_2.27.csv",
                "3b0a2ff314b3a1e1489338ae9e83c15fbdf4f98250f7b886c27edb60ef507509",
            ),
        ),
        folder="nsi",
        title="МКБ-10, official directory 1.2.643.5.1.13.13.11.1005, version 2.27",
        author="Ministry of Health of the Russian Federation",
        url="https://nsi.rosminzdrav.ru",
        license="official state directory",
        changes="Titles of active codes, and vectors of their words",
    ),
)


def find_source(name: str, sources: Sequence[Source] = SOURCES) -> Source:
    """The source of that name; InputError names those that there are."""
    for source in sources:
        if source.name == name:
            return source
    known = ", ".join(source.name for source in sources)
    raise InputError(f"there is no data set {name!r}", cure=f"Use one of: {known}")


def checksum(path: str | Path) -> tuple[str, int]:
    """SHA-256 of a file, or of a folder's canonical listing, and the number of files.

    The listing has one line a file, ``<sha256 of the file>  <path inside the folder, with "/">``, sorted by
    path. Hidden files, which file managers leave behind, don't count.
    """
    path = Path(path)
    if path.is_file():
        return _sha256(path), 1
    listed = {}
    for file in path.rglob("*"):
        parts = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(".") for part in parts):
            listed["/".join(parts)] = file
    listing = "".join(f"{_sha256(listed[name])}  {name}\n" for name in sorted(listed))
    return hashlib.sha256(listing.encode("utf8")).hexdigest(), len(listed)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fetch(
    destination: str | Path,
    *,
    mirror: str | Path | None = None,
    only: Sequence[str] = (),
    sources: Sequence[Source] = SOURCES,
    progress: Callable[[str], None] | None = None,
) -> list[tuple[Source, bool]]:
    """Put the sources below ``destination``; those that lie there already, and are right, are left alone.

    mirror: folder to copy from instead of the network; the variable SPACY_ICD_RU_MIRROR where None or empty.
    only: names of sources; all where empty. progress: called with a line before something slow.
    Returns each source with whether something of it was fetched.
    Raises InputError for a wrong name, a mirror without the data, no git or no network, a checksum that
    differs (of what was fetched or of what lay there), and a folder that can't be written.
    """
    destination = Path(destination)
    mirror = mirror or os.environ.get(MIRROR_VARIABLE) or None
    chosen = [find_source(name, sources) for name in dict.fromkeys(only)] or list(sources)
    if mirror is not None and not Path(mirror).is_dir():
        raise InputError(
            "no such folder", where=str(mirror), cure="Give the folder that holds ruccod/ and nsi/"
        )
    done = []
    for source in chosen:
        missing = [
            part for part in source.parts if not _is_there(destination / source.folder / part.name, part)
        ]
        if missing and mirror is not None:
            _install(missing, Path(mirror) / source.folder, destination / source.folder, of_mirror=True)
        elif missing:
            if progress:
                progress(f"{source.name}: cloning {source.repository}")
            _clone(source, missing, destination / source.folder)
        done.append((source, bool(missing)))
    return done


def _is_there(path: Path, part: Part) -> bool:
    """False where nothing is there. What is there and differs is the user's: it is not thrown away."""
    if not path.exists():
        return False
    _verify(path, part, where=path, cure="Move or delete it and fetch again")
    return True


def _verify(path: Path, part: Part, *, where: Path | str, cure: str) -> None:
    found, files = checksum(path)
    if found != part.sha256:
        counted = "" if files == part.files else f", {files:,} files instead of {part.files:,}"
        raise InputError(
            f"the checksum isn't that of the published data{counted}", where=str(where), cure=cure
        )


def _install(parts: Sequence[Part], source: Path, target: Path, *, of_mirror: bool) -> None:
    """Copy parts beside their places, check the copies, and only then rename them."""
    for part in parts:
        original = source / part.name if of_mirror else _in_checkout(source, part)
        if not original.exists():
            raise InputError(
                "not in the mirror", where=str(original), cure="Give a mirror of the publishers' layout"
            )
        partial = target / f".{part.name}.partial"
        try:
            target.mkdir(parents=True, exist_ok=True)
            _remove(partial)  # what a killed run left
            try:
                _copy(original, partial)
                cure = "Copy the mirror again" if of_mirror else f"Try again. {_MIRROR_CURE}"
                _verify(partial, part, where=original if of_mirror else part.path, cure=cure)
                os.replace(partial, target / part.name)
            finally:
                _remove(partial)
        except OSError as error:
            raise InputError(
                f"can't be copied ({error.strerror or type(error).__name__})",
                where=str(target / part.name),
                cure="Choose a folder that can be written to, with some free space",
            ) from None


def _copy(original: Path, target: Path) -> None:
    if original.is_dir():
        shutil.copytree(original, target)
    else:
        shutil.copyfile(original, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# git


def _clone(source: Source, parts: Sequence[Part], target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="spacy-icd-ru-") as folder:
        checkout = Path(folder) / "checkout"
        # The commit is short, which a server doesn't resolve: history without contents is small, and
        # checkout then fetches the contents of that one commit.
        no_contents = ("--quiet", "--no-checkout", "--filter=blob:none")
        _git(source, "clone", *no_contents, source.repository, str(checkout))
        # Line ends as published, whatever this machine's settings: offsets count characters.
        _git(source, "-C", str(checkout), "-c", "core.autocrlf=false", "checkout", "--quiet", source.commit)
        _install(parts, checkout, target, of_mirror=False)


def _in_checkout(checkout: Path, part: Part) -> Path:
    """A publisher may have moved a file: its name and the checksum tell which it is."""
    path = checkout / part.path
    if path.exists():
        return path
    found = sorted(p for p in checkout.rglob(part.name) if ".git" not in p.relative_to(checkout).parts)
    return found[0] if found else path


def _git(source: Source, *arguments: str) -> None:
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        result = subprocess.run(
            ["git", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise InputError("git isn't installed", cure=f"Install git. {_MIRROR_CURE}") from None
    if result.returncode:
        lines = list(_without_progress(result.stderr)) or [f"git ended with {result.returncode}"]
        raise InputError(
            f"can't be fetched ({lines[-1]})",
            where=source.repository,
            cure=f"Check the network and try again. {_MIRROR_CURE}",
        )


def _without_progress(output: str) -> Iterator[str]:
    for line in output.splitlines():
        # «fatal: unable to access 'https://…': Could not resolve host» says it in its last words.
        line = re.sub(r"^(fatal|error|remote): ?", "", line.strip())
        if line:
            yield line
