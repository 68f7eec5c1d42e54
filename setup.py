"""What goes into the wheel, and which of it is compiled; all else is in pyproject.toml.

The migrations lie at top level and are installed as ``timebank.migrations``, which setuptools
cannot be told declaratively while it still finds the other packages by itself.

A wheel has its pure core compiled by mypyc, and what every post passes through, where that and a
C compiler are there; an editable installation runs the source, and so does a wheel that was built
with ``TIMEBANK_PURE=1``. The source is in every wheel: it is what a traceback shows.
"""

import ast
import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, find_packages, setup

CORE = ("timebank/ledger", "timebank/flows")
"""Folders whose modules are compiled, each for which there is no :func:`reason_to_keep`."""

ON_THE_WAY = (
    "timebank/api/answers.py",
    "timebank/api/bodies.py",
    "timebank/api/decoding.py",
    "timebank/api/direct.py",
    "timebank/api/replies.py",
    "timebank/api/views.py",
    "timebank/services/access.py",
    "timebank/services/intake.py",
    "timebank/services/news.py",
    "timebank/services/noted.py",
    "timebank/services/posting.py",
    "timebank/services/turns.py",
    "timebank/services/writer.py",
    "timebank/store/driver.py",
    "timebank/store/facts/asked.py",
    "timebank/store/facts/balances.py",
    "timebank/store/facts/entries.py",
    "timebank/store/facts/holders.py",
    "timebank/store/facts/loading.py",
    "timebank/store/facts/lots.py",
    "timebank/store/facts/names.py",
    "timebank/store/facts/needed.py",
    "timebank/store/facts/tallies.py",
    "timebank/store/idempotency.py",
    "timebank/store/journal.py",
    "timebank/store/keychain.py",
    "timebank/store/lines.py",
    "timebank/store/locking.py",
    "timebank/store/openings.py",
    "timebank/store/private_rows.py",
    "timebank/store/projections.py",
    "timebank/store/rows.py",
    "timebank/store/vault.py",
    "timebank/web/draining.py",
    "timebank/web/headers.py",
    "timebank/web/requests.py",
    "timebank/web/turns.py",
)
"""What else a post passes through, compiled as well. It is not said of whole folders: rows of
SQLAlchemy are tuples only by their types, which compiled code believes."""

LIBRARIES = ("flask", "prometheus_client", "psycopg", "sqlalchemy")
"""What must be installed for that, since the types of it count."""

BUILDING = {"bdist_wheel", "build", "build_ext", "install"}
"""The commands that need extensions; an editable installation gives none of them."""


def extensions() -> list[Extension]:
    """What is compiled as extensions, or none where they are not asked for or cannot be had."""
    if not BUILDING.intersection(sys.argv):
        return []
    if obstacle := reason_not_to_compile():
        sys.stderr.write(f"timebank: nothing is compiled: {obstacle}\n")
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  an editable installation has no mypyc

    modules = [str(path) for path in sources() if not reason_to_keep(path)]
    if missing := missing_libraries():
        sys.stderr.write(f"timebank: only the core is compiled: there is no {missing[0]}\n")
    sys.stderr.write(f"timebank: compiling {len(modules)} modules; this takes some minutes\n")
    return mypycify(modules, opt_level="1", debug_level="0", group_name="timebank")


def sources() -> list[Path]:
    """The modules that are compiled, unless there is a reason against it."""
    core = [path for folder in CORE for path in Path(folder).rglob("*.py")]
    return sorted(core if missing_libraries() else [*core, *map(Path, ON_THE_WAY)])


def missing_libraries() -> list[str]:
    """Those of the libraries that are not installed here."""
    return [name for name in LIBRARIES if not importlib.util.find_spec(name)]


def reason_not_to_compile() -> str:
    """What speaks against compiling here; empty where nothing does."""
    if os.environ.get("TIMEBANK_PURE", "0") != "0":
        return "TIMEBANK_PURE is set"
    if not importlib.util.find_spec("mypyc"):
        return "there is no mypyc"
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if not shutil.which(compiler):
        return f"there is no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "there is no Python.h (Debian, Ubuntu: apt install python3-dev)"
    return ""


def reason_to_keep(path: Path) -> str:
    """Why a module stays Python; empty where it is compiled."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if len(tree.body) <= 1:
        return "it is only a docstring"
    if any(isinstance(node, ast.ClassDef) and node.keywords for node in ast.walk(tree)):
        # Not even a warning is given: msgspec's structs would no longer be frozen, nor strict.
        return "mypyc drops the keywords of a class"
    return ""


setup(
    packages=[
        *find_packages(include=["timebank", "timebank.*"]),
        *(f"timebank.{package}" for package in find_packages(include=["migrations*"])),
    ],
    package_dir={"timebank.migrations": "migrations"},
    ext_modules=extensions(),
)
