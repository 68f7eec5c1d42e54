"""``timebank demo``: a community to look at."""

from tests.cli.conftest import Run


def test_a_demo_is_opened_once_and_verifies(sqlite_run: Run) -> None:
    sqlite_run("init")
    opened = sqlite_run("demo", "--size", "small", "--seed", "7", "--book", "play").output
    assert opened == "Opened the demo book play, origin small-7.demo.invalid/log/play.\n"
    assert "All is well" in sqlite_run("verify", "--book", "play").output
    again = sqlite_run("demo", "--size", "small", "--seed", "7", "--book", "play", status=1)
    assert again.output == "Error: book play is defined already\n"


def test_it_needs_an_installation(sqlite_run: Run) -> None:
    assert "timebank init makes it" in sqlite_run("demo", status=1).output
