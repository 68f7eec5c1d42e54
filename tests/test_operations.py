"""docs/OPERATIONS.md: its commands do what it says, and what it names is there."""

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import environment
from tests.shared import ROOT
from timebank import config
from timebank.cli import main
from timebank.cli.serve import serve
from timebank.services.metrics import exposition

TEXT = (ROOT / "docs" / "OPERATIONS.md").read_text()
BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<content>.*?)```", re.DOTALL)


def blocks(language: str) -> list[str]:
    return [match["content"] for match in BLOCK.finditer(TEXT) if match["language"] == language]


def commands() -> set[str]:
    """All that is typed or run as ``timebank …``, in blocks and in the text."""
    found = re.findall(
        r"(?:^|[`/]|bin/)timebank ((?:[a-z][a-z-]*)(?: [^`\n]*)?)", TEXT, re.MULTILINE
    )
    return {command.strip() for command in found}


def test_the_commands_of_the_operator_do_what_they_should(tmp_path: Path) -> None:
    for folder in ("var/lib/timebank", "var/backups/timebank", "var/backups/timebank-keys"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (
        "timebank/timebank-20200101T031500Z.backup",
        "timebank-keys/timebank-20200101T031500Z.keys",
    ):
        (tmp_path / "var/backups" / name).write_text("an older backup, not to be taken")
    script = "\n".join(blocks("sh")).replace("/var/", f"{tmp_path}/var/")
    bin_folder = Path(sys.executable).parent
    variables = environment(tmp_path, "")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={**variables, "PATH": f"{bin_folder}:{variables['PATH']}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cuizhuyuan: all is well" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("All is well: ")


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_there_with_its_options(command: str) -> None:
    words = command.split()
    found: click.Command = main
    while words and isinstance(found, click.Group):
        name = words.pop(0)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, command
        found = inner
    known = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_there_are_commands_to_be_checked() -> None:
    assert {command.split()[0] for command in commands()} >= {"backup", "restore", "serve", "holds"}


@pytest.mark.parametrize("unit", [block for block in blocks("ini") if "[" in block])
def test_units_can_be_read(unit: str) -> None:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.read_string(unit)
    assert set(parser.sections()) <= {"Unit", "Service", "Timer", "Install"}
    assert parser.sections()


def test_every_setting_that_is_named_is_one() -> None:
    named = set(re.findall(r"\b(?:TIMEBANK_[A-Z_]+|DATABASE_URL)\b", TEXT))
    described = f"{config.__doc__}{(ROOT / 'README.md').read_text()}"
    assert {name for name in named if name not in described} == set()


def test_every_setting_is_told() -> None:
    told = set(re.findall(r"(?m)^\| `([A-Z_]+)` \|", TEXT))
    described = set(re.findall(r"(?m)^([A-Z]+_[A-Z_]+) ", config.__doc__ or ""))
    options = {str(option.envvar) for option in serve.params if getattr(option, "envvar", None)}
    assert options == {"PORT", "TIMEBANK_DEMO"}
    assert told == described | options


def test_every_figure_that_is_named_is_one_and_all_are_named(tmp_path: Path) -> None:
    families = text_string_to_metric_families(exposition(tmp_path).decode())
    there = {family.name for family in families} | {"timebank_last_backup_age_seconds"}
    named = set(re.findall(r"`(timebank_[a-z_]+?)(?:_total)?(?:\{[a-z,]+\})?`", TEXT))
    assert named == there
