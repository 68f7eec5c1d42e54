"""What is shipped is complete, and the pure core needs only what it says."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import timebank
from tests.shared import ROOT

# What the two direct dependencies of the core bring along, by the names they are imported as.
CORE_MODULES = {"cryptography", "cffi", "_cffi_backend", "pycparser", "msgspec"}

IMPORT_CORE = """
import importlib, pkgutil, sys

allowed = set(sys.argv[1:]) | set(sys.stdlib_module_names) | {"timebank", "timebank__mypyc"}
core = ("timebank.ledger", "timebank.flows", "timebank.errors")

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"the pure core imports {name}")
        if name.startswith("timebank.") and not name.startswith(core):
            raise ModuleNotFoundError(f"the pure core imports {name}")

sys.meta_path.insert(0, Refusing())
for name in core:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(found.name)
        print(found.name)
"""

# Written in two halves, so that this file does not name what it looks for.
INDEX_HOSTS = re.compile("pypi" + r"\.org|python" + r"hosted|devpi|/sim" + "ple/?")


def test_pure_core_imports_with_its_two_dependencies_alone() -> None:
    # In a process of its own, without the site's hooks, which may import what they like.
    package = Path(timebank.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{package}:{sysconfig.get_path('purelib')}"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT_CORE, *CORE_MODULES],
        env=environment,
        cwd=package,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "timebank.ledger.merkle" in done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, since building leaves files beside the source.

    It is not compiled, which takes a minute; `make test-compiled` does that.
    """
    source = tmp_path_factory.mktemp("source")
    for name in ("timebank", "migrations"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIMEBANK_PURE", "1")
        run_pip(
            "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", source / "dist", source
        )
    (built,) = (source / "dist").glob("timebank-*-none-any.whl")
    return built


def test_wheel_carries_every_file_of_the_package_and_the_migrations(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder, name in (
        (ROOT / "timebank", "timebank"),
        (ROOT / "migrations", "timebank/migrations"),
    ):
        expected = {f"{name}/{path}" for path in files_below(folder)}
        assert expected <= carried, "not in the wheel; see package-data in pyproject.toml"
    assert any(path.startswith("timebank/migrations/versions/0001_") for path in carried)


def test_installed_wheel_can_init(wheel: Path, tmp_path: Path) -> None:
    # Only the dependencies are shared with this environment, by a .pth file; the editable
    # installation beside them is not seen, as .pth files are not read through another.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    run_pip("install", "--no-deps", "--target", site, wheel)

    home = tmp_path / "home"
    environment = {**os.environ, "TIMEBANK_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    code = "import sys; from timebank.cli import main; sys.exit(main())"
    done = subprocess.run(
        [python, "-c", code, "init"],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (home / "timebank.db").is_file()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_everything_with_hashes_and_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    requirements = text.replace("\\\n", " ").splitlines()
    assert requirements
    assert all(re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", line) for line in requirements)
    assert "://" not in text


def test_lock_of_the_service_is_a_part_of_the_lock_for_development() -> None:
    service, development = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    )
    assert service < development


def test_no_file_names_a_package_index() -> None:
    texts = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]
    texts += [*ROOT.glob("*.md"), *ROOT.glob("*.lock"), *(ROOT / "docs").rglob("*.md")]
    texts += (ROOT / "scripts").glob("*.py")
    assert [path.name for path in texts if INDEX_HOSTS.search(path.read_text())] == []


def files_below(folder: Path) -> list[Path]:
    """List the files in a folder, relative to it, without caches and notes."""
    return [
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".md"}
    ]


def run_pip(command: str, *arguments: str | Path) -> None:
    """Run pip without asking any index."""
    pip = [sys.executable, "-m", "pip", command, "--no-index", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", *arguments], check=True)
