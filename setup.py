"""What goes into the wheel, and which of it is compiled; all else is in pyproject.toml.

The migrations lie at top level and are installed as ``timebank.migrations``, which setuptools
cannot be told declaratively while it still finds the other packages by itself.

A wheel has its pure core compiled by mypyc, where that and a C compiler are there; an editable
installation runs the source, and so does a wheel that was built with ``TIMEBANK_PURE=1``. The
source is in every wheel: it is what a traceback shows.
"""

import ast
import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, find_packages, setup

COMPILED = ("timebank/ledger",)
"""Folders whose modules are compiled, each for which there is no :func:`reason_to_keep`."""

BUILDING = {"bdist_wheel", "build", "build_ext", "install"}
"""The commands that need extensions; an editable installation gives none of them."""


def extensions() -> list[Extension]:
    """The core as extensions, or none where they are not asked for or cannot be had."""
    if not BUILDING.intersection(sys.argv):
        return []
    if obstacle := reason_not_to_compile():
        sys.stderr.write(f"timebank: nothing is compiled: {obstacle}\n")
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  an editable installation has no mypyc

    modules = [str(path) for path in sources() if not reason_to_keep(path)]
    sys.stderr.write(f"timebank: compiling {len(modules)} modules; this takes a minute or two\n")
    return mypycify(modules, opt_level="1", debug_level="0", group_name="timebank")


def sources() -> list[Path]:
    """The modules below the folders that are compiled."""
    return sorted(path for folder in COMPILED for path in Path(folder).rglob("*.py"))


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
