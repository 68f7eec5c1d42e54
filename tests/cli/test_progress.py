"""Progress bars are for people only, and no thread goes with them."""

import sys
import threading

import pytest

from timebank.cli.progress import progress_bar


def test_a_bar_is_shown_on_a_terminal_without_a_thread(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    before = threading.active_count()
    with progress_bar(" entries") as tell:
        tell(3, 4)
        assert threading.active_count() == before
    assert "0 entries" in capsys.readouterr().err


def test_elsewhere_none_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(" entries") as tell:
        tell(3, 4)
    assert capsys.readouterr().err == ""
