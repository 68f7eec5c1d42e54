"""Reading never goes through a book: each query on SQLite finds its rows by an index."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.databases import Databases
from tests.installations import Community, found_community, installed, open_balance
from tests.plans import plan_of, queries_of
from timebank.flows.holds import Hold
from timebank.services import balances, chart, entries, holds, statements, trial_balances
from timebank.services.entries import EntryFilter
from timebank.services.installation import Installation
from timebank.services.statements import Period
from timebank.store import statements as statement_queries

PERIOD: Final = Period(first="2026-02-01", last="2026-03-31")

Ask = Callable[[Installation, str], object]

QUESTIONS: Final[dict[str, Ask]] = {
    "balance of an account": lambda at, _: balances.account_balances(at, "demo", "issued"),
    "balance of an account as of a seq": lambda at, _: balances.account_balances(
        at, "demo", "issued", as_of=12
    ),
    "balance of an account on a day": lambda at, _: balances.account_balances(
        at, "demo", "issued", on="2026-03-01"
    ),
    "balance of an account on a day as of a seq": lambda at, _: balances.account_balances(
        at, "demo", "issued", on="2026-03-01", as_of=12
    ),
    "balances of a member": lambda at, who: balances.member_balances(at, "demo", who),
    "balances of a member as of a seq": lambda at, who: balances.member_balances(
        at, "demo", who, as_of=12
    ),
    "balances of a member on a day": lambda at, who: balances.member_balances(
        at, "demo", who, on="2026-03-01"
    ),
    "all balances": lambda at, _: balances.overview(at, "demo"),
    "trial balance as of a seq": lambda at, _: trial_balances.trial_balance(at, "demo", as_of=12),
    "trial balance until a day": lambda at, _: trial_balances.trial_balance(
        at, "demo", until="2026-03-01"
    ),
    "statement of an account": lambda at, _: statements.account_statement(
        at, "demo", "members", PERIOD
    ),
    "statement of a member": lambda at, who: statements.member_statement(at, "demo", who, PERIOD),
    "statement as of a seq": lambda at, who: statements.member_statement(
        at, "demo", who, PERIOD, as_of=12
    ),
    "entry": lambda at, _: entries.get_entry(at, "demo", 12, private=True),
    "openings of an entry": lambda at, _: entries.open_seals(at, "demo", 12),
    "entries": lambda at, _: entries.list_entries(at, "demo", EntryFilter(), private=True),
    "entries of a kind": lambda at, _: entries.list_entries(at, "demo", EntryFilter(kind="issue")),
    "entries of some days": lambda at, _: entries.list_entries(
        at, "demo", EntryFilter(first="2026-02-01", last="2026-03-31")
    ),
    "entries of an account": lambda at, _: entries.list_entries(
        at, "demo", EntryFilter(account="issued"), after=3
    ),
    "entries of a commodity": lambda at, _: entries.list_entries(
        at, "demo", EntryFilter(commodity="POINT")
    ),
    "entries of a member on some days": lambda at, who: entries.list_entries(
        at, "demo", EntryFilter(member_id=who, first="2026-02-01", kind="issue")
    ),
    "holds": lambda at, _: holds.list_holds(at, "demo", private=True),
    "holds of a member": lambda at, who: holds.list_holds(at, "demo", member_id=who),
    "hold": lambda at, _: holds.get_hold(at, "demo", 14),
    "accounts": lambda at, _: chart.list_accounts(at, "demo"),
    "lots": lambda at, _: chart.list_lots(at, "demo"),
    "policy": lambda at, _: chart.settings_on(at, "demo"),
}
"""Each is asked about a book with one member; entry 12 is an issue, 14 a hold."""

UNBOUND: Final = re.compile(
    r"SCAN (books|entries|leg_sides|turnovers|balances|holders|remainders|openings)"
    # The rows of a whole book, or of its earlier or later part.
    r"|SEARCH (?!accounts|commodities|policies|remainders)\w+"
    r" USING (?!COVERING INDEX sqlite_autoindex_entries)[\w ]+ \(book_id=\?( AND seq[<>]\?)*\)"
)
"""A step of a plan that goes through rows which grow in number with the book.

Definitions are few, as are open holds. Entries may be taken in order, up to a limit.
"""


@pytest.fixture(scope="module")
def community(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A book with one member, who holds something."""
    home = tmp_path_factory.mktemp("home")
    with sqlite_databases.fresh() as url, installed(url, home) as installation:
        found = found_community(installation)
        found.enrol("王")
        open_balance(found, "stock:yicang", 5, commodity="RICE-5KG", lot="rice-1")
        found.issue("王", 100)
        found.issue("王", 100)
        found.post(Hold(member=found.ids["王"], amount=10, commodity="POINT"))
        yield found


@pytest.mark.parametrize("near", [0, 2_000])
@pytest.mark.parametrize("question", QUESTIONS)
def test_query_finds_its_rows_by_an_index(
    community: Community, monkeypatch: pytest.MonkeyPatch, question: str, near: int
) -> None:
    monkeypatch.setattr(statement_queries, "NEAR_MAX", near)
    with queries_of(community.installation.engine) as asked:
        QUESTIONS[question](community.installation, community.ids["王"])
    steps = [step for query in asked for step in plan_of(community.installation.engine, *query)]
    assert steps
    assert [step for step in steps if UNBOUND.search(step)] == []


def test_plan_that_goes_through_a_book_is_noticed(community: Community) -> None:
    engine = community.installation.engine
    for query in (
        "SELECT seq FROM entries WHERE posted = '2026-03-01'",
        "SELECT seq FROM leg_sides WHERE book_id = 1 AND amount = 5",
        "SELECT amount FROM leg_sides WHERE book_id = 1 AND seq < 5 AND amount = 5",
    ):
        assert any(map(UNBOUND.search, plan_of(engine, query, ())))
