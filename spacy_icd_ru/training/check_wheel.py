"""Does a packaged model work where this repository has never been?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from spacy_icd_ru.errors import InputError

EXAMPLE = "Хр. гастрит, ремиссия. АГ 2 ст. Сахарный диабет 2 типа"
_ROOT = Path(__file__).resolve().parents[2]

# Runs in the clean environment: nothing of this package but what pip installed there.
_SCRIPT = """
import json, sys
import spacy
nlp = spacy.load(sys.argv[1])
import spacy_icd_ru
doc = nlp(sys.argv[2])
mentions = [
    {"text": s.text, "code": s._.icd10["code"], "title": s._.icd10["title"], "score": s._.icd10["score"]}
    for s in doc.spans["diagnoses"]
]
answer = {"version": nlp.meta["version"], "codes": doc._.icd10, "mentions": mentions,
          "package": spacy_icd_ru.__version__, "module": spacy_icd_ru.__file__}
sys.stdout.buffer.write(json.dumps(answer).encode("ascii"))
"""


@dataclass(frozen=True)
class WheelCheck:
    """What an installed model answered: codes of the record; each mention's text, code, title and score."""

    model: str
    version: str
    package: str
    text: str
    codes: list[str]
    mentions: list[dict]

    def to_dict(self) -> dict:
        return asdict(self)


def default_package() -> str:
    """What pip installs as this package: the source tree that is running, or else the released version."""
    from spacy_icd_ru import __version__

    return str(_ROOT) if (_ROOT / "pyproject.toml").is_file() else f"spacy-icd-ru=={__version__}"


def check_wheel(
    wheel: str | Path,
    *,
    package: str | None = None,
    constraints: str | Path | None = None,
    text: str = EXAMPLE,
    progress: Callable[[str], None] | None = None,
) -> WheelCheck:
    """Install a model wheel and this package in a new environment, outside the repository, and run it.

    wheel: file that ``spacy package --build wheel`` made. package: folder, wheel or requirement of this
    package, see ``default_package``. constraints: file for pip's ``-c``. text: the example to code.
    progress: called with a line before something slow.

    Raises InputError where the wheel isn't one, pip can't install, the model doesn't load or gives no code.
    """
    wheel = Path(wheel)
    if wheel.suffix != ".whl" or not wheel.is_file():
        raise InputError(
            "no such wheel", where=str(wheel), cure="Give the .whl that `spacy package --build wheel` made"
        )
    model = wheel.name.split("-")[0]
    package = package or default_package()
    if Path(package).exists():
        package = str(Path(package).resolve())
    say = progress or (lambda line: None)
    with tempfile.TemporaryDirectory(prefix="spacy-icd-ru-") as folder:
        say("making a clean environment")
        _run([sys.executable, "-m", "venv", "env"], folder, "the environment can't be made")
        python = str(Path(folder) / "env" / ("Scripts" if os.name == "nt" else "bin") / "python")
        say(f"installing {package} and {wheel.name}")
        pip = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
        if constraints:
            pip += ["-c", str(Path(constraints).resolve())]
        _run([*pip, package, str(wheel.resolve())], folder, "pip can't install it")
        say(f"coding an example with {model}")
        # -I: no PYTHONPATH, no user packages, no modules from the current folder.
        output = _run([python, "-I", "-c", _SCRIPT, model, text], folder, "the installed model fails")
        answer = json.loads(output)
        module = Path(answer["module"]).resolve()
        if Path(folder).resolve() not in module.parents:
            raise InputError("the package came from outside the clean environment", where=str(module))
    if not answer["codes"]:
        raise InputError(
            "the installed model gave no code",
            where=wheel.name,
            cure="Give a text with a diagnosis, or train longer",
        )
    return WheelCheck(model, answer["version"], answer["package"], text, answer["codes"], answer["mentions"])


def _run(command: Sequence[str], folder: str, failure: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    result = subprocess.run(
        list(command),
        cwd=folder,
        env=kept,
        capture_output=True,
        encoding="utf8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        raise InputError(
            f"{failure} ({lines[-1].strip() if lines else f'exit code {result.returncode}'})",
            cure="See whether `pip install` works in an environment of your own",
        )
    return result.stdout
