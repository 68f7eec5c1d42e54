"""What is compiled, and that it is as strict as the source.

``make test-compiled`` runs these, and other tests of what is compiled, on what the wheel installs;
``make test`` runs all tests on the source.
"""

import importlib
import importlib.util
import os
import runpy
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import msgspec
import pytest
import setuptools

from tests.shared import ROOT
from timebank.ledger import is_compiled
from timebank.ledger.model import Leg
from timebank.ledger.notes import VerifierKey
from timebank.ledger.registry import FactSpec

ASKED_FOR = "TIMEBANK_COMPILED" in os.environ
VERSION = "import sys; from timebank.cli import main; sys.exit(main(['--version']))"


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The functions of setup.py, which has built nothing."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(setuptools, "setup", lambda **_: None)
    monkeypatch.setattr(sys, "argv", ["setup.py", "bdist_wheel"])
    monkeypatch.setenv("TIMEBANK_PURE", "1")
    return runpy.run_path("setup.py")


def test_tests_run_on_what_they_were_asked_to() -> None:
    assert is_compiled() == ASKED_FOR


def test_each_of_these_modules_is_compiled_or_there_is_a_reason(recipe: dict[str, Any]) -> None:
    kept = {str(path): recipe["reason_to_keep"](path) for path in recipe["sources"]()}
    assert kept["timebank/ledger/model.py"] == "mypyc drops the keywords of a class"
    assert kept["timebank/ledger/encoding.py"] == ""
    assert kept["timebank/store/journal.py"] == ""
    assert [path for path in recipe["ON_THE_WAY"] if kept[path]] == []
    for path, reason in kept.items():
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        place = importlib.import_module(name).__file__
        assert place is not None
        assert place.endswith(".py") == bool(reason or not ASKED_FOR), path


def test_without_the_libraries_of_the_service_only_the_core_is_compiled(
    recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    folders = {path.parts[:2] for path in recipe["sources"]()}
    assert folders == {("timebank", "ledger"), ("timebank", "flows")}


def test_structs_are_frozen_and_take_no_other_field() -> None:
    leg = Leg(amount=1, commodity="HOUR", from_="issued", to="world:a")
    with pytest.raises(AttributeError, match="immutable"):
        leg.amount = 2  # type: ignore[misc]  # that is what is shown
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"type":"text","more":1}', type=FactSpec)


def test_values_are_frozen() -> None:
    key = VerifierKey("ledger.example.org", bytes(32))
    with pytest.raises(FrozenInstanceError):
        key.name = "other.example.org"  # type: ignore[misc]  # that is what is shown


@pytest.mark.parametrize(
    ("variables", "obstacle"),
    [
        ({"TIMEBANK_PURE": "1"}, "TIMEBANK_PURE is set"),
        ({"PATH": "/nowhere"}, "there is no C compiler"),
    ],
)
def test_it_is_said_what_speaks_against_compiling(
    recipe: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    obstacle: str,
) -> None:
    monkeypatch.delenv("TIMEBANK_PURE")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert recipe["reason_not_to_compile"]().startswith(obstacle)


def test_the_version_says_whether_it_is_compiled(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", VERSION], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.strip().endswith(", compiled") == ASKED_FOR
