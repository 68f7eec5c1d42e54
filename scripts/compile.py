"""Build the wheel, a part of which is compiled, and unpack it for benchmarks and tests.

``python scripts/compile.py wheel`` leaves the wheel in ``dist/``; ``python scripts/compile.py
tree`` leaves what it installs in ``build/compiled``. What is compiled is digested with all that it
imports, so where that is the same a tree gets only the other files that have changed. All is made
of a copy in ``build/source``: nothing compiled ever lies beside the source. Where it cannot be
compiled the wheel is as good, only not as fast, and there is no ``build/compiled``.
"""

import filecmp
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "build" / "source"
TREE = ROOT / "build" / "compiled"
DIGEST = TREE / ".digest"
DIST = ROOT / "dist"

PACKAGES = {"timebank": "timebank", "migrations": "timebank/migrations"}
"""The folders of the wheel, and where they are installed."""

COUNTED = (
    *("timebank/api", "timebank/config.py", "timebank/errors.py", "timebank/flows"),
    *("timebank/ledger", "timebank/services", "timebank/store", "timebank/web"),
)
"""What is compiled lies in here, and imports from nowhere else in the package."""

METADATA = ("setup.py", "pyproject.toml", "README.md", "LICENSE")


def main(what: str) -> None:
    """Make the wheel or the tree."""
    if what == "wheel":
        shutil.rmtree(DIST, ignore_errors=True)
        build_wheel(DIST)
    else:
        make_tree()


def make_tree() -> None:
    """Bring ``build/compiled`` to what the source is now; remove it where nothing is compiled."""
    digest = digest_of_source()
    if not (DIGEST.exists() and DIGEST.read_text() == digest):
        shutil.rmtree(TREE, ignore_errors=True)
        with TemporaryDirectory() as folder:
            wheel = build_wheel(Path(folder))
            if wheel.name.endswith("-none-any.whl"):
                return
            run_pip("install", "--no-deps", "--no-compile", "--target", TREE, wheel)
        DIGEST.write_text(digest)
    mirror(PACKAGES, TREE)


def digest_of_source() -> str:
    """Digest what the extensions depend on: source, what compiles it, and for which Python."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*COUNTED, *METADATA, "requirements-dev.lock", "scripts/compile.py"):
        for path in files_of(ROOT / name):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the source, and say whether it is compiled."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    mirror({name: name for name in (*PACKAGES, *METADATA)}, SOURCE)
    said = run_pip(
        "wheel", "--verbose", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, SOURCE
    )
    for line in said.splitlines():
        if line.strip().startswith("timebank: "):
            sys.stderr.write(f"{line.strip()}\n")
    (wheel,) = folder.glob("timebank-*.whl")
    return wheel


def mirror(places: Mapping[str, str], into: Path) -> None:
    """Copy what differs to its place, and remove modules that are gone; extensions stay."""
    wanted = {
        into / place / path.relative_to(ROOT / name): path
        for name, place in places.items()
        for path in files_of(ROOT / name)
    }
    for copy, path in wanted.items():
        if not (copy.exists() and filecmp.cmp(path, copy, shallow=False)):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    for path in files_of(into / "timebank"):
        if path.suffix == ".py" and path not in wanted:
            path.unlink()


def files_of(path: Path) -> Iterator[Path]:
    """A file itself, or all below a folder but for caches."""
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return (one for one in found if one.is_file() and one.suffix != ".pyc")


def run_pip(command: str, *arguments: object) -> str:
    """Run pip without asking any index; give what it says."""
    words = [sys.executable, "-m", "pip", command, "--no-index", *arguments]
    done = subprocess.run(
        [str(word) for word in words],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}pip {command} failed: the reason is above")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
