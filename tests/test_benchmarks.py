"""The benchmarks name functions of the package, which may move."""

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.stages import STAGES, find_place


@pytest.mark.parametrize("place", [place for _, place in STAGES])
def test_what_is_timed_is_there(place: str) -> None:
    owner, attribute = find_place(place)
    assert callable(getattr(owner, attribute))


def test_each_benchmark_says_what_it_does() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    for name in ("routes", "hands", "profile", "calls", "pages", "curve", "use"):
        assert f"\n  {name} " in told
