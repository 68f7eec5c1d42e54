"""The trial balance: by a day or a seq, with the digest that a close states."""

from tests.installations import Community, open_balance
from timebank.flows.movements import Issue
from timebank.flows.periods import Close
from timebank.services.trial_balances import trial_balance


def test_debits_and_credits_are_equal_in_each_commodity_and_lot(community: Community) -> None:
    open_balance(community, "bank:main", 500, commodity="CNY", lot="fund:operating")
    community.transfer("王", "李", 30)
    rows = trial_balance(community.installation, "demo").rows
    assert {row.net for row in rows} == {100, -100, 500, -500}
    for commodity in ("CNY", "POINT"):
        assert sum(row.net for row in rows if row.commodity == commodity) == 0


def test_digest_is_the_one_that_a_close_states(community: Community) -> None:
    community.clock.advance(days=3)
    community.post(Issue(day="2026-03-02", legs=(community.leg("issued", "李", 7),)))
    community.issue("李", 9)
    closed = community.post(Close(until="2026-03-02"))
    community.issue("李", 11)
    found = trial_balance(community.installation, "demo", until="2026-03-02")
    assert found.digest == closed.entry.public["trial_balance"]
    assert [(row.account, row.net) for row in found.rows] == [("issued", -107), ("members", 107)]


def test_trial_balance_as_of_a_seq_stays_what_it_was(community: Community) -> None:
    before = trial_balance(community.installation, "demo")
    community.transfer("王", "李", 30)
    assert trial_balance(community.installation, "demo") != before
    assert trial_balance(community.installation, "demo", as_of=before.as_of) == before
