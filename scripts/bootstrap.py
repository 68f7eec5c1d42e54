"""Prepare the virtual environment ``.venv`` with the packages of one lock file.

``python scripts/bootstrap.py LOCK`` does nothing when ``.venv`` already has what the lock and
pyproject.toml say. What is missing on the machine is said in one line with its cure, so this
needs only the standard library and keeps to a syntax which Pythons too old for timebank read.
"""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"


def main(lock: str) -> None:
    """Prepare ``.venv`` with what ``lock`` names, unless that was done already."""
    refuse_unfit_python()
    stamp = VENV / f".prepared-{lock}"
    digest = digest_of_inputs(lock)
    if stamp.exists() and stamp.read_text() == digest:
        return
    sys.stderr.write(f"Preparing .venv from {lock}; the first time takes about a minute.\n")
    make_venv()
    install(lock)
    stamp.write_text(digest)


def refuse_unfit_python() -> None:
    """Stop when this Python is too old or cannot make a virtual environment."""
    version = "{}.{}".format(*sys.version_info)
    if sys.version_info < (3, 11):  # noqa: UP036 - older ones get to here to be told
        sys.exit(
            f"timebank needs Python 3.11 or newer and this is {version}: install one "
            "(Debian, Ubuntu: apt install python3 python3-venv) or name yours: "
            "make PYTHON=/path/to/python3.11"
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            f"this Python {version} has no venv module: install it "
            f"(Debian, Ubuntu: apt install python{version}-venv)"
        )


def digest_of_inputs(lock: str) -> str:
    """Digest what the environment depends on; it cannot be moved, so its place counts too."""
    digest = hashlib.sha256(str(VENV).encode())
    for name in (lock, "pyproject.toml", "setup.py"):
        digest.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()


def make_venv() -> None:
    """Make ``.venv``, again when what is there does not work (interrupted, moved, too old)."""
    check = f"import sys, pip; sys.exit(sys.version_info < (3, 11) or sys.prefix != {str(VENV)!r})"
    if VENV_PYTHON.exists() and succeeds(VENV_PYTHON, "-c", check):
        return
    if not succeeds(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit("could not make the virtual environment .venv: the reason is above")


def install(lock: str) -> None:
    """Install the locked packages, then the project itself without asking any index."""
    pip = (VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    locked = ("--require-hashes", "--requirement", ROOT / lock)
    project = ("--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
    if not (succeeds(*pip, *locked) and succeeds(*pip, *project)):
        sys.exit("could not install the packages: the reason is above (is the network up?)")


def succeeds(*command: object) -> bool:
    """Run a command and say whether it exits with 0."""
    return subprocess.call([str(part) for part in command]) == 0


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
