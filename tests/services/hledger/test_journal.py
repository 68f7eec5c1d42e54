"""The journal for hledger: what it says, and that hledger comes to the same balances."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.hledger import (
    check_agreement,
    check_strictly,
    hledger_balances,
    needs_hledger,
    run_hledger,
    write_journal,
)
from tests.installations import (
    NO_LIST,
    SYSTEM,
    Community,
    found_community,
    installed,
    open_balance,
)
from timebank.errors import LogBrokenError, UnknownBookError
from timebank.flows.definitions import DefineCommodity, OpenAccount, RegisterLot
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.ledger.encoding import MAX_INTEGER
from timebank.services import forgetting, members
from timebank.services.hledger import export_hledger
from timebank.services.installation import Installation
from timebank.services.members import Enrolment
from timebank.store.database import writing
from timebank.store.tables import entries

ODD_NUMBERS = (
    *("held", "held:0001", "a b", "a  b", "a b ", "(a)", "[a]", "a;b", "; a", "a\u3000b"),
    *("%", "%68eld", "#", "#5", "*", '"', "甲-001", "Ä.1_2", "=", "@", "|", "a:b", "a/b", "\u00a0"),
)


def journal_of(community: Community, folder: Path) -> Path:
    """Export the book into a file."""
    return write_journal(community.installation, community.slug, folder)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def busy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A book of two periods in which everything happened that may happen to an amount."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    with busy_book_in(databases, tmp_path_factory.mktemp("home")) as community:
        yield community


@contextmanager
def busy_book_in(databases: Databases, home: Path) -> Iterator[Community]:
    with databases.fresh() as url, installed(url, home) as installation:
        community = found_community(installation)
        begin(community)
        forget_somebody(community)
        close_and_go_on(community)
        yield community


def begin(community: Community) -> None:
    for command in (
        DefineCommodity(commodity="MICRO", commodity_kind="points", scale=6),
        DefineCommodity(commodity="COURSE", commodity_kind="time", scale=2),
        OpenAccount(account="stock:yicang:quarantine"),
        RegisterLot(commodity="CNY", lot="fund:flood-2026"),
        RegisterLot(commodity="RICE-5KG", lot="rice-2"),
    ):
        community.post(command)
    community.enrol("王", "李", "赵")
    community.issue("王", 1_000)
    for commodity, amount in (("HOUR", 150), ("COURSE", 150), ("MICRO", MAX_INTEGER)):
        community.post(Issue(legs=(community.leg("issued", "李", amount, commodity=commodity),)))
    open_balance(community, "bank:main", 1_268_005, commodity="CNY", lot="fund:operating")
    open_balance(community, "bank:main", 50, commodity="CNY", lot="fund:flood-2026")
    for lot in ("rice-1", "rice-2"):
        open_balance(community, "stock:yicang", 20, commodity="RICE-5KG", lot=lot)


def forget_somebody(community: Community) -> None:
    community.transfer("王", "赵", 70)
    community.transfer("赵", "groups:chess-club", 70)
    forgetting.forget(community.installation, community.slug, community.ids["赵"], by=SYSTEM)
    community.enrol("孙")
    community.transfer("groups:chess-club", "孙", 7)


def close_and_go_on(community: Community) -> None:
    """Hold, settle, release and reverse on both sides of a close, with a late item after it."""
    held = [
        community.post(Hold(member=community.ids["王"], amount=amount, commodity="POINT"))
        for amount in (100, 60)
    ]
    community.clock.advance(days=40)
    community.post(Settle(hold=held[0].seq, to=community.reference("李"), amount=30))
    paid = community.transfer("王", "李", 11)
    backdated = Transfer(legs=(community.leg("李", "王", 4),), day="2026-03-20")
    community.post(backdated)
    community.post(Close(until="2026-03-31"))
    late = Transfer(legs=(community.leg("王", "李", 5),), belongs="2026-03-15", day="2026-04-01")
    community.post(late)
    community.post(Reverse(reverses=paid.seq))
    community.post(Release(hold=held[1].seq, amount=20))
    community.post(Reclaim(legs=(community.leg("李", "issued", 3),), day="2026-04-02"))
    # A close may have a day of its own period, and nothing need follow it.
    community.post(Close(until="2026-04-05", day="2026-04-05"))


@needs_hledger
def test_hledger_comes_to_the_same_balances(busy: Community, tmp_path: Path) -> None:
    check_agreement(busy.installation, busy.slug, tmp_path)
    found = hledger_balances(journal_of(busy, tmp_path))
    assert found["members:0002", "MICRO"] == "9007199254.740991"
    assert found["members:0002", "HOUR"] == "150"
    assert found["bank:main", "CNY fund:flood-2026"] == "0.50"


@needs_hledger
def test_hledger_comes_to_the_balances_of_an_earlier_day(busy: Community, tmp_path: Path) -> None:
    journal = journal_of(busy, tmp_path)
    on_last_of_march = hledger_balances(journal, "-e", "2026-04-01", "cur:POINT")
    assert on_last_of_march["members:0001", "POINT"] == str(1_000 - 70 - 100 - 60 + 4)
    assert on_last_of_march["members:held:0001", "POINT"] == "160"


@needs_hledger
def test_hledger_notices_when_an_amount_is_changed(busy: Community, tmp_path: Path) -> None:
    journal = journal_of(busy, tmp_path)
    text = journal.read_text(encoding="utf-8")
    assert text.count('\n    members:0001  1000 "POINT"\n    issued  -1000 "POINT"\n') == 1
    changed = text.replace("  1000 ", "  1001 ").replace("  -1000 ", "  -1001 ")
    journal.write_text(changed, encoding="utf-8")
    found = run_hledger(journal, "check", "--strict")
    assert found.returncode == 1
    assert "balance assertion" in found.stderr


@needs_hledger
def test_members_with_any_numbers_stay_apart(installation: Installation, tmp_path: Path) -> None:
    community = found_community(installation)
    for amount, number in enumerate(ODD_NUMBERS, start=1):
        enrolment = Enrolment(number=number, name="某人")
        enrolled = members.enrol(installation, community.slug, enrolment, by=SYSTEM)
        community.ids[number] = enrolled.member.member_id
        community.issue(number, 1_000 * amount)
        community.post(Hold(member=community.ids[number], amount=amount, commodity="POINT"))
    community.clock.advance(days=1)
    community.post(Close(until="2026-03-01"))
    journal = journal_of(community, tmp_path)
    check_strictly(journal)
    found = hledger_balances(journal)
    amounts = range(1, len(ODD_NUMBERS) + 1)
    members_ = {int(found[key]) for key in found if key[0].count(":") == 1}
    held = {int(found[key]) for key in found if key[0].startswith("members:held:")}
    assert members_ == {999 * amount for amount in amounts}
    assert held == set(amounts)
    assert found["members:%68eld", "POINT"] == "999"
    assert found["members:甲-001", "POINT"] == str(999 * (ODD_NUMBERS.index("甲-001") + 1))


@needs_hledger
def test_book_in_which_nothing_happened_is_fine(installation: Installation, tmp_path: Path) -> None:
    community = found_community(installation)
    community.clock.advance(days=1)
    community.post(Close(until="2026-03-01"))
    check_strictly(journal_of(community, tmp_path))


def test_journal_line_by_line(installation: Installation, tmp_path: Path) -> None:
    community = found_community(installation)
    community.enrol("王", "李")
    community.issue("王", 100)
    open_balance(community, "bank:main", 1_250, commodity="CNY", lot="fund:operating")
    community.clock.advance(days=2)
    community.post(Transfer(legs=(community.leg("王", "李", 40),), memo="剪头发"))
    early = (community.leg("issued", "李", 90, commodity="HOUR"),)
    community.post(OpenBalances(legs=early, list=NO_LIST, day="2026-03-02"))
    community.post(Close(until="2026-03-02"))
    journal = journal_of(community, tmp_path).read_text(encoding="utf-8")
    lines = [line for line in journal.splitlines() if not line.startswith("account ")]
    assert "\n".join(lines) == (
        """\
; localhost/log/demo, entries 0 to 16
; Private: members are called by their numbers.
; HOUR is counted in minutes.

commodity 1000.00 "CNY"
commodity 1000. "HOUR"
commodity 1000. "POINT"
commodity 1000. "RICE-5KG"
commodity 1000.00 "CNY fund:operating"
commodity 1000. "RICE-5KG rice-1"


2026-03-01 (12) issue  ; posted:2026-03-01
    members:0001  100 "POINT"
    issued  -100 "POINT"

2026-03-01 (13) balance.opened  ; posted:2026-03-01
    bank:main  12.50 "CNY fund:operating"
    world:opening  -12.50 "CNY fund:operating"

2026-03-02 (15) balance.opened  ; posted:2026-03-03
    members:0002  90 "HOUR"
    issued  -90 "HOUR"

2026-03-02 (16) close  ; posted:2026-03-03
    bank:main  0.00 "CNY fund:operating" = 12.50 "CNY fund:operating"
    issued  0 "HOUR" = -90 "HOUR"
    issued  0 "POINT" = -100 "POINT"
    members  0 "HOUR" =* 90 "HOUR"
    members  0 "POINT" =* 100 "POINT"
    world:opening  0.00 "CNY fund:operating" = -12.50 "CNY fund:operating"
    members:0001  0 "POINT" = 100 "POINT"
    members:0002  0 "HOUR" = 90 "HOUR"

2026-03-03 (14) transfer  ; posted:2026-03-03
    members:0002  40 "POINT"
    members:0001  -40 "POINT\""""
    )
    assert [line for line in journal.splitlines() if line.startswith("account members")] == [
        "account members",
        "account members:held",
        "account members:0001",
        "account members:0002",
    ]


def test_a_late_item_says_which_day_it_belongs_to(busy: Community, tmp_path: Path) -> None:
    journal = journal_of(busy, tmp_path).read_text(encoding="utf-8")
    assert " transfer  ; posted:2026-04-10, belongs:2026-03-15\n" in journal


def test_forgotten_members_are_called_by_their_entry(busy: Community, tmp_path: Path) -> None:
    journal = journal_of(busy, tmp_path).read_text(encoding="utf-8")
    assert "account members:#17\n" in journal
    assert "members:#17  70 " in journal
    assert "0003" not in journal


def test_entries_that_miss_what_a_close_states_are_not_exported(
    installation: Installation, tmp_path: Path
) -> None:
    community = found_community(installation)
    community.enrol("王")
    issued = community.issue("王", 100)
    community.clock.advance(days=5)
    closed = community.post(Close(until="2026-03-02"))
    with writing(installation.engine) as connection:
        moved = entries.update().where(entries.c.seq == issued.seq)
        connection.execute(moved.values(body=issued.body.replace(b'":100,', b'":900,')))
    with pytest.raises(LogBrokenError, match=f"entry {closed.seq}: .* its trial balance"):
        journal_of(community, tmp_path)


def test_exporting_a_book_that_is_not_there(installation: Installation) -> None:
    with pytest.raises(UnknownBookError):
        next(export_hledger(installation, "nowhere"))
