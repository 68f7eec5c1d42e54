"""Each command explains itself."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from timebank.cli import main


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """All commands by the words that lead to them."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


@pytest.mark.parametrize("words", [*commands(main)], ids=" ".join)
def test_each_command_has_a_help_text_with_an_example(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0
    example = result.output.partition("Example:\n")[2]
    assert f"timebank {' '.join(words)}" in example


def test_a_command_that_is_written_wrongly_exits_with_2() -> None:
    for arguments in (["nonsense"], ["book", "open"], ["verify"], ["statement", "--book", "demo"]):
        assert CliRunner().invoke(main, arguments).exit_code == 2
