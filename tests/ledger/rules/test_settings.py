"""Settings: as the registry says, in force from a day on, and never changed for days gone by."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, Bench, replay
from tests.ledger.definitions import append, book_of_all_sorts
from timebank.errors import (
    CannotCheckError,
    FactsError,
    LogBrokenError,
    UnknownCommodityError,
    UnknownKindError,
)
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    return book_of_all_sorts()


def settings(*items: dict[str, Any], in_force: str = "2026-11-22") -> dict[str, Any]:
    return {"in_force": in_force, "settings": list(items)}


CREDIT = {"setting": "credit_limit", "value": 5, "commodity": "POINT"}


def test_policy_is_kept_with_the_day_it_takes_force(bench: Bench) -> None:
    seq = append(bench, "policy.set", **settings(CREDIT, in_force="2027-01-01"))

    assert bench.state.policies[-1].seq == seq
    assert bench.state.setting("credit_limit", "2027-01-01", commodity="POINT") == 5
    assert bench.state.setting("credit_limit", "2026-12-31", commodity="POINT") is None
    assert bench.state.setting("credit_limit", "2027-01-01", commodity="HOUR") is None


def test_policy_never_takes_force_before_it_is_decided(bench: Bench) -> None:
    with pytest.raises(FactsError, match="must not be before the day it is decided, 2026-11-22"):
        append(bench, "policy.set", **settings(CREDIT, in_force="2026-11-21"))


PRICE = {"setting": "price", "value": 5, "commodity": "POINT", "goods": "RICE"}
SKILLED = {"setting": "tariff", "value": 10, "commodity": "POINT", "category": "skilled"}


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"setting": "report_days", "value": 30}, "report_days"),
        (CREDIT, "credit_limit POINT"),
        (SKILLED, "tariff POINT skilled"),
        (PRICE, "price POINT RICE"),
    ],
)
def test_what_was_set_before_never_changes_for_days_gone_by(
    bench: Bench, item: dict[str, Any], name: str
) -> None:
    append(bench, "policy.set", **settings(item))
    bench.today = "2026-12-01"
    other = {"setting": "hold_days", "value": 7}
    back = Draft(
        kind="policy.set", day="2026-11-22", public=settings(other, item, in_force="2026-11-30")
    )

    with pytest.raises(FactsError, match=f"the day of posting, 2026-12-01: {name} was set") as e:
        bench.append(back)

    assert e.value.field == "in_force"
    with pytest.raises(LogBrokenError, match=f"{name} was set before"):
        replay(bench.forge(back))
    bench.append(replace(back, public=settings(other, item, in_force="2026-12-01")))
    bench.replay()


def test_not_even_where_it_was_to_take_force_later(bench: Bench) -> None:
    append(bench, "policy.set", **settings(CREDIT, in_force="2027-01-01"))
    bench.today = "2026-12-01"
    sooner = Draft(kind="policy.set", day=TODAY, public=settings(CREDIT, in_force="2026-11-30"))

    with pytest.raises(FactsError, match="credit_limit POINT was set before"):
        bench.append(sooner)


def test_what_was_never_set_may_take_force_on_a_day_that_is_open(bench: Bench) -> None:
    """For another commodity, category or goods it is another setting."""
    append(bench, "policy.set", **settings(CREDIT, SKILLED, PRICE))
    bench.today = "2026-12-01"
    others = (
        {**CREDIT, "commodity": "HOUR"},
        {**SKILLED, "category": "general"},
        {**SKILLED, "commodity": "HOUR"},
        {**PRICE, "commodity": "HOUR"},
    )

    early = settings(*others, in_force=TODAY)
    bench.append(Draft(kind="policy.set", day=TODAY, public=early))

    assert bench.state.setting("credit_limit", TODAY, commodity="HOUR") == 5
    bench.replay()


def test_a_setting_that_is_not_known_cannot_be_checked(bench: Bench) -> None:
    unknown = {"setting": "daily_cap", "value": 120}
    with pytest.raises(UnknownKindError, match="daily_cap"):
        append(bench, "policy.set", **settings(unknown))

    draft = Draft(kind="policy.set", day=bench.today, public=settings(unknown))
    with pytest.raises(CannotCheckError, match="daily_cap"):
        replay(bench.forge(draft))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"setting": "credit_limit", "value": 5}, "credit_limit is set for a commodity"),
        (
            {"setting": "hold_days", "value": 5, "commodity": "POINT"},
            "hold_days is not set for a commodity",
        ),
        ({**CREDIT, "commodity": "RICE"}, "credit_limit is for time and points"),
        ({**CREDIT, "category": "general"}, "credit_limit is not set for a category"),
        ({**CREDIT, "setting": "tariff"}, "tariff is set for a category"),
        ({**CREDIT, "setting": "price"}, "price is set for a goods"),
        ({**CREDIT, "goods": "RICE"}, "credit_limit is not set for a goods"),
        ({"setting": "hold_days", "value": 36_501}, "hold_days is at most 36500"),
    ],
)
def test_a_setting_is_given_as_the_registry_says(
    bench: Bench, item: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FactsError, match=reason) as caught:
        append(bench, "policy.set", **settings(CREDIT, item))

    assert caught.value.field == "settings[1]"


@pytest.mark.parametrize("goods", ["POINT", "CNY"])
def test_a_price_is_that_of_goods(bench: Bench, goods: str) -> None:
    public = settings(PRICE, {**PRICE, "goods": goods})

    with pytest.raises(FactsError, match="must be goods") as caught:
        append(bench, "policy.set", **public)

    assert caught.value.field == "settings[1].goods"
    draft = Draft(kind="policy.set", day=bench.today, public=public)
    with pytest.raises(LogBrokenError, match="must be goods"):
        replay(bench.forge(draft))
    append(bench, "policy.set", **settings(PRICE))


def test_a_setting_is_for_a_commodity_that_there_is(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError):
        append(bench, "policy.set", **settings({**CREDIT, "commodity": "TEA"}))


def test_a_setting_is_named_once_but_for_each_commodity(bench: Bench) -> None:
    append(bench, "policy.set", **settings(CREDIT, {**CREDIT, "commodity": "HOUR"}))

    with pytest.raises(FactsError, match="names a setting twice"):
        append(bench, "policy.set", **settings(CREDIT, {**CREDIT, "value": 6}))
