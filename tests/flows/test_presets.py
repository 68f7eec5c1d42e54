import msgspec
import pytest

from tests.ledger.bench import Bench
from tests.ledger.time_bank import serve, time_bank
from tests.shared import ROOT
from timebank.errors import UnknownPresetError
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.presets import all_presets, find_preset, settings_of
from timebank.ledger.registry import standard_registry

GUIDE = (ROOT / "docs" / "POLICY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", all_presets())
def test_a_preset_is_a_policy_that_the_rules_accept(name: str) -> None:
    bench = time_bank()
    settings = settings_of(find_preset(name))

    bench.post(SetPolicy(settings=settings))

    assert bench.entry().public["settings"] == msgspec.to_builtins(list(settings))
    bench.replay()


def test_a_preset_is_adopted_in_the_commodity_of_the_book() -> None:
    settings = settings_of(find_preset("strict-hours"), "SHI")

    assert SettingFact(setting="cap_daily", value=120, commodity="SHI") in settings
    assert SettingFact(setting="team_donate_only", value=1) in settings
    assert SettingFact(setting="tariff", value=60, commodity="SHI", category="general") in settings


def test_a_preset_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownPresetError, match="there is no preset none"):
        find_preset("none")


def test_nanjing_keeps_1500_hours_and_gives_the_rest_and_all_hours_of_teams() -> None:
    bench = adopted("nanjing-hours")
    for day in range(1, 31):
        bench.today = f"2027-01-{day:02}"
        for _ in range(3):
            serve(bench, ("ana", 1000), commodity="HOUR")
    serve(bench, ("ana", 60), commodity="HOUR")
    serve(bench, ("bo", 60), ("cy", 60), commodity="HOUR")

    assert bench.balance("ana", "HOUR") == 1_500 * 60
    assert (bench.balance("bo", "HOUR"), bench.balance("pool:donated", "HOUR")) == (0, 180)


def test_changning_keeps_two_hours_a_day() -> None:
    bench = adopted("changning-hours")

    serve(bench, ("ana", 150), commodity="HOUR")

    assert (bench.balance("ana", "HOUR"), bench.balance("pool:donated", "HOUR")) == (120, 30)


def test_in_a_lets_members_go_below_zero() -> None:
    bench = adopted("lets-credit")

    bench.transfer("ana", "bo", 250)

    assert (bench.balance("ana"), bench.balance("bo")) == (-250, 250)


def adopted(name: str) -> Bench:
    bench = time_bank()
    bench.post(SetPolicy(settings=settings_of(find_preset(name))))
    return bench


def test_the_guide_explains_every_setting_and_every_preset_with_its_figures() -> None:
    for setting in standard_registry().settings:
        assert f"| `{setting}` |" in GUIDE
    for preset in all_presets().values():
        assert f"### `{preset.preset}` {preset.title_zh}" in GUIDE
        for one in preset.settings:
            what = " ".join(filter(None, (one.setting, one.category)))
            assert f"| `{what}` | {one.value:,} | {one.source} |" in GUIDE
