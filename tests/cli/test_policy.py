"""Policy: presets, and adopting one."""

from tests.cli.conftest import Run
from timebank.flows.presets import all_presets


def test_presets_are_listed_and_shown_with_their_sources(sqlite_run: Run) -> None:
    listed = sqlite_run("policy", "presets").output
    assert "nanjing-hours\tHOUR\tHours by the rules of Nanjing\t南京市养老服务时间银行\n" in listed
    assert len(listed.splitlines()) == len(all_presets())

    shown = sqlite_run("policy", "presets", "nanjing-hours").output.splitlines()
    assert shown[0].startswith("tariff HOUR general = 60\t《南京市")
    assert shown[1].startswith("cap_lifetime HOUR = 90000\t")
    assert shown[2].startswith("team_donate_only = 1\t")
    none = sqlite_run("policy", "presets", "none", status=1)
    assert none.output == "Error: there is no preset none\n"


def test_a_preset_is_adopted(demo: Run) -> None:
    adopted = demo("policy", "adopt", "cuizhuyuan-points", "--book", "demo").output
    assert adopted.startswith("Entry 3 sets 3 settings, in force from ")
    again = ("policy", "adopt", "lets-credit", "--commodity", "SRF", "--from", "2999-01-01")
    assert demo(*again, "--book", "demo").output == (
        "Entry 4 sets 1 setting, in force from 2999-01-01.\n"
    )
    assert demo("verify", "--book", "demo").output.startswith("All is well: 5 entries")


def test_a_preset_that_does_not_fit_changes_nothing(demo: Run) -> None:
    adopt = ("policy", "adopt", "nanjing-hours", "--book", "demo")
    assert "there is no commodity HOUR" in demo(*adopt, status=1).output
    wrong = demo(*adopt, "--commodity", "POINT", status=1).output
    assert "nanjing-hours is for time, and POINT is points" in wrong
    early = demo(
        "policy", "adopt", "lets-credit", "--from", "2001-01-01", "--book", "demo", status=1
    )
    assert "in_force: must not be before the day it is decided" in early.output
    assert demo("verify", "--book", "demo").output.startswith("All is well: 3 entries")
