"""The chart: accounts, commodities, lots, funds, and the policy in force on a day."""

import pytest

from tests.installations import Community
from timebank.errors import LotError, MalformedError, UnknownAccountError, UnknownCommodityError
from timebank.flows.definitions import (
    CloseAccount,
    LimitFact,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
)
from timebank.ledger.model import Limit
from timebank.services.chart import (
    Setting,
    get_account,
    get_commodity,
    get_lot,
    list_accounts,
    list_commodities,
    list_funds,
    list_lots,
    list_policies,
    settings_on,
)


def test_account_has_title_limits_and_whether_it_is_closed(community: Community) -> None:
    limits = (LimitFact(commodity="POINT", amount=50),)
    opened = community.post(OpenAccount(account="groups:choir", title="合唱团", limits=limits))
    found = get_account(community.installation, "demo", "groups:choir")
    assert (found.code, found.type, found.title) == ("groups:choir", "holding", "合唱团")
    assert found.limits == (Limit("POINT", 50),)
    assert (found.opened, found.closed) == (opened.seq, 0)
    closed = community.post(CloseAccount(account="groups:choir"))
    assert get_account(community.installation, "demo", "groups:choir").closed == closed.seq


def test_accounts_come_in_pages_by_code(community: Community) -> None:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = list_accounts(community.installation, "demo", after=after, limit=7)
        found += [account.code for account in page.items]
        after = page.after
    assert found == sorted(set(found))
    assert {"members", "issued", "bank:main", "groups:chess-club"} <= set(found)
    assert len(found) == 25


def test_commodities_come_by_code(community: Community) -> None:
    found = list_commodities(community.installation, "demo")
    assert [commodity.code for commodity in found] == ["CNY", "HOUR", "POINT", "RICE-5KG"]
    money = get_commodity(community.installation, "demo", "CNY")
    assert (money.kind, money.scale, money.title) == ("money", 2, "人民币")


def test_funds_are_the_lots_of_money(community: Community) -> None:
    community.post(RegisterLot(commodity="CNY", lot="fund:flood-2026", title="水灾"))
    installation = community.installation
    lots = [(lot.commodity, lot.code) for lot in list_lots(installation, "demo").items]
    funds = [("CNY", "fund:flood-2026"), ("CNY", "fund:operating")]
    assert lots == [*funds, ("RICE-5KG", "rice-1")]
    assert [(lot.commodity, lot.code) for lot in list_funds(installation, "demo").items] == funds
    page = list_lots(installation, "demo", limit=2)
    assert page.after == ("CNY", "fund:operating")
    page = list_lots(installation, "demo", after=page.after, limit=2)
    assert ([lot.code for lot in page.items], page.after) == (["rice-1"], None)
    rice = list_lots(installation, "demo", commodity="RICE-5KG").items
    assert rice == (get_lot(installation, "demo", "RICE-5KG", "rice-1"),)
    assert rice[0].facts["expires"] == "2027-01-01"
    assert list_lots(installation, "demo", commodity="RICE-5KG", after=funds[1]).items == rice
    assert list_lots(installation, "demo", commodity="CNY", after=lots[-1]).items == ()
    assert list_lots(installation, "demo", commodity="POINT").items == ()


def test_setting_is_the_latest_that_is_in_force(community: Community) -> None:
    installation = community.installation
    seqs = [
        community.post(
            SetPolicy(
                in_force=day,
                settings=(
                    SettingFact(setting="credit_limit", value=value, commodity="POINT"),
                    *(SettingFact(setting="hold_days", value=value) for _ in range(holds)),
                ),
            )
        ).seq
        for day, value, holds in (("2026-03-10", 7, 1), ("2026-03-05", 5, 0), ("2026-03-05", 6, 0))
    ]
    assert [policy.seq for policy in list_policies(installation, "demo")] == seqs
    assert settings_on(installation, "demo") == ()
    assert settings_on(installation, "demo", "2026-03-09") == (
        Setting("credit_limit", 6, "2026-03-05", seqs[2], commodity="POINT"),
    )
    community.clock.advance(days=9)
    assert settings_on(installation, "demo") == (
        Setting("credit_limit", 7, "2026-03-10", seqs[0], commodity="POINT"),
        Setting("hold_days", 7, "2026-03-10", seqs[0]),
    )


def test_what_does_not_exist_is_told_apart(community: Community) -> None:
    installation = community.installation
    with pytest.raises(UnknownAccountError):
        get_account(installation, "demo", "nothing")
    with pytest.raises(UnknownCommodityError):
        get_commodity(installation, "demo", "NOTHING")
    with pytest.raises(UnknownCommodityError):
        list_lots(installation, "demo", commodity="NOTHING")
    with pytest.raises(LotError):
        get_lot(installation, "demo", "CNY", "fund:nothing")
    with pytest.raises(MalformedError):
        settings_on(installation, "demo", "someday")
