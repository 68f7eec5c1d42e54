"""The demo community in a book: the same log everywhere, all of whose sums hold at every seq."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.databases import Databases
from tests.demos import DEMO, ROOT, demo_installed, entries_of
from tests.installations import Community, installed
from timebank.demo.community import TITLE, Demo
from timebank.demo.days import LAST
from timebank.demo.size import FULL
from timebank.errors import AlreadyDefinedError
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.ledger.model import Entry
from timebank.ledger.notes import parse_vkey
from timebank.services.balances import overview
from timebank.services.books import find_book, list_books, open_book
from timebank.services.demo import is_unfinished, open_demo_book
from timebank.services.installation import Installation
from timebank.services.members import find_member, viewing_key
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book

INTERRUPTED_AFTER: Final = 150


@pytest.fixture
def demo(databases: Databases, tmp_path: Path) -> Iterator[Installation]:
    """The small demo; the test runs on both databases."""
    with demo_installed(databases, tmp_path) as installation:
        yield installation


@pytest.fixture
def sqlite_demo(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Installation]:
    """The small demo on SQLite, for what the log alone decides."""
    with demo_installed(sqlite_databases, tmp_path) as installation:
        yield installation


@pytest.fixture
def entries(sqlite_demo: Installation) -> list[Entry]:
    """Its entries."""
    return entries_of(sqlite_demo)


def test_its_log_is_the_same_on_both_databases_and_verifies(demo: Installation) -> None:
    report = verify_book(demo, "demo")
    assert (report.verdict, report.root) == (Verdict.FINE, ROOT)


def test_its_projections_can_be_rebuilt(sqlite_demo: Installation) -> None:
    rebuild_book(sqlite_demo, "demo")
    assert verify_book(sqlite_demo, "demo").verdict is Verdict.FINE


def test_everybody_can_see_that_it_is_a_demo(sqlite_demo: Installation) -> None:
    (book,) = list_books(sqlite_demo)
    assert book.origin == "small-2010.demo.invalid/log/demo"
    assert book.title == TITLE
    assert "演示" in book.title
    opening = entries_of(sqlite_demo)[0]
    assert opening.book == book.origin
    assert parse_vkey(opening.public["vkey"]).name == book.origin


def test_keys_follow_from_the_seed(
    sqlite_demo: Installation, postgresql_databases: Databases, tmp_path: Path
) -> None:
    with demo_installed(postgresql_databases, tmp_path / "other") as other:
        for number in ("00001", "T0001", "P0001"):
            one, same = (find_member(on, "demo", number=number) for on in (sqlite_demo, other))
            assert one == same
            keys = (viewing_key(on, "demo", one.member_id) for on in (sqlite_demo, other))
            assert len(set(keys)) == 1


def test_whoever_posts_to_it_later_draws_on_no_seed(sqlite_demo: Installation) -> None:
    community = Community(sqlite_demo)
    community.numbers = iter(range(9_000, 9_010))
    community.enrol("甲", "乙")
    assert len({*community.ids.values()}) == 2
    assert len(community.ids["甲"]) == 22
    seals = [community.issue("甲", 1).entry.seals for _ in range(2)]
    assert seals[0] != seals[1]


# --- what holds after every entry -----------------------------------------------------------------

RECEIVED: Final = ("opening", "donors", "grantors", "suppliers", "partners")
CIRCULATION: Final = ("members", "groups", "pool", "retired")
FUND_PLACES: Final = ("bank", "cash", "groups", "stalls")


def side_of(account: str) -> str:
    """On which side of the equations of 4-flows an account stands."""
    words = account.split(":")
    if words[0] == "world":
        return "received" if words[1] in RECEIVED else "gone"
    return {"stock": "there", "transit": "there"}.get(words[0], words[0])


def test_all_sums_hold_after_every_entry(entries: list[Entry]) -> None:
    kinds: dict[str, str] = {}
    accounts: Counter[tuple[str, str, str]] = Counter()
    sides: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if entry.kind == "commodity.defined":
            kinds[entry.public["commodity"]] = entry.public["kind"]
        touched = set()
        for leg in entry.legs:
            thing = leg.commodity, leg.lot
            touched.add(thing)
            for reference, amount in ((leg.from_, -leg.amount), (leg.to, leg.amount)):
                account = reference.partition("#")[0]
                accounts[account, *thing] += amount
                sides[thing][side_of(account)] += amount
                if side_of(account) not in {"received", "gone", "issued"}:
                    assert accounts[account, *thing] >= 0 or amount > 0, (entry.seq, account)
        for thing in touched:
            check_sums(kinds[thing[0]], sides[thing])
        if entry.kind in {"arrival", "round.back"}:
            assert not any(accounts[key] for key in accounts if key[0] == "transit")
        reclassified = sum(accounts[key] for key in accounts if key[0] == "world:reclassified")
        assert reclassified == 0, entry.seq


def check_sums(kind: str, sides: Counter[str]) -> None:
    """Each commodity and lot sums to zero, and nothing appears or vanishes."""
    assert sum(sides.values()) == 0
    if kind in {"time", "points"}:
        assert sum(sides[one] for one in CIRCULATION) == -sides["issued"]
    elif kind == "goods":
        assert -sides["received"] == sides["there"] + sides["stalls"] + sides["gone"]
    else:
        assert sum(sides[one] for one in FUND_PLACES) >= 0


def test_every_hold_delivery_and_quarantine_is_accounted_for_in_the_end(
    sqlite_demo: Installation,
) -> None:
    shown = overview(sqlite_demo, "demo")
    waiting = {
        row.account: row.balance
        for row in shown.balances
        if row.account == "transit" or row.account.endswith(":quarantine")
    }
    assert len(waiting) == 2
    assert not any(waiting.values())
    assert shown.closed_until == "2025-12-31"
    assert shown.posted == LAST.isoformat()


# --- what there is to see ------------------------------------------------------------------------


def test_caps_are_reached_and_the_rest_goes_to_the_pool(entries: list[Entry]) -> None:
    services = [entry for entry in entries if entry.kind == "service"]
    donated = [
        helper
        for service in services
        if service.public["category"] != "cleaning"
        for helper in service.public["helpers"]
        if "donated" in helper
    ]
    some = [helper for helper in donated if helper["donated"] < helper["minutes"]]
    assert len(donated) > len(some) > 0, "the daily cap, and the lifetime cap"
    assert any(service.legs[0].from_.startswith("members:held#") for service in services)
    assert any(len(service.public["helpers"]) > 3 for service in services)


def test_late_and_backdated_items_say_so(entries: list[Entry]) -> None:
    assert any("belongs" in entry.public for entry in entries if entry.kind == "service")
    past = [entry.day for entry in entries if entry.kind == "attendance" and entry.day < "2025"]
    assert min(past) < "2012"


def test_the_food_bank_lost_spoiled_and_recalled_something(entries: list[Entry]) -> None:
    (count,) = (entry for entry in entries if entry.kind == "count")
    assert [leg.to for leg in count.legs] == ["world:variance"]
    reasons = {entry.public["reason"] for entry in entries if entry.kind == "spoilage"}
    assert reasons == {"expired", "damaged", "recalled"}
    ended = [entry.public for entry in entries if entry.kind == "round.back"]
    assert sum(facts["refused"] for facts in ended) > 0
    assert sum(facts["absent"] for facts in ended) > 0
    assert any(leg.to == "world:rejected" for entry in entries for leg in entry.legs)


def test_four_funds_have_plans_of_which_one_is_overdue(entries: list[Entry]) -> None:
    plans = {entry.seq: entry.public for entry in entries if entry.kind == "plan.filed"}
    reported = {entry.public["plan"] for entry in entries if entry.kind == "report.filed"}
    spent = {entry.public["plan"] for entry in entries if entry.kind == "spend"}
    assert len({plans[seq]["fund"] for seq in spent}) == 4
    (missing,) = plans.keys() - reported
    due = date.fromisoformat(plans[missing]["until"]) + timedelta(days=60)
    assert due < LAST
    (changed,) = (entry for entry in entries if entry.kind == "reclassification")
    assert changed.public["basis"] == "consent"
    assert any(entry.public.get("donor") for entry in entries if entry.kind == "donation")
    assert any("donor" not in entry.public for entry in entries if entry.kind == "donation")


def test_things_are_reversed_closed_and_left(entries: list[Entry]) -> None:
    reversed_kinds = {
        entries[entry.public["reverses"]].kind for entry in entries if entry.kind == "reversal"
    }
    assert {"transfer", "sale", "service"} <= reversed_kinds
    closes = [entry.public["until"] for entry in entries if entry.kind == "close"]
    assert len(closes) == 12
    assert sum(entry.kind == "holder.left" for entry in entries) == 2
    late = [entry.posted for entry in entries if entry.kind == "market.reported"]
    held = [entry.public["held"] for entry in entries if entry.kind == "market.filed"]
    assert max(
        date.fromisoformat(reported) - date.fromisoformat(day)
        for reported, day in zip(sorted(late), held, strict=True)
    ) > timedelta(days=15)


# --- opening it -----------------------------------------------------------------------------------


class CtrlCError(Exception):
    """Stands for somebody who pressed Ctrl-C."""


def interrupt(done: int, _total: int) -> None:
    if done == INTERRUPTED_AFTER:
        raise CtrlCError


def test_what_was_interrupted_goes_on_to_the_same_log(sqlite_url: str, tmp_path: Path) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        with pytest.raises(CtrlCError):
            open_demo_book(installation, DEMO, tell=interrupt)
        book = find_book(installation, "demo")
        assert is_unfinished(installation, book, DEMO)
        assert not is_unfinished(installation, book, Demo(FULL))
        open_demo_book(installation, DEMO)
        assert not is_unfinished(installation, book, DEMO)
        assert verify_book(installation, "demo").root == ROOT


def test_what_somebody_has_posted_to_stays_as_it_is(sqlite_url: str, tmp_path: Path) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        with pytest.raises(CtrlCError):
            open_demo_book(installation, DEMO, tell=lambda done, _: interrupt(done + 145, 0))
        setting = SetPolicy(settings=(SettingFact("publish_minutes", 5),))
        posted = Community(installation).post(setting)
        with pytest.raises(AlreadyDefinedError):
            open_demo_book(installation, DEMO)
        assert overview(installation, "demo").size == posted.seq + 1


def test_it_is_opened_once(demo: Installation) -> None:
    size = overview(demo, "demo").size
    with pytest.raises(AlreadyDefinedError):
        open_demo_book(demo, DEMO)
    assert overview(demo, "demo").size == size


def test_it_never_touches_a_book_of_others(installation: Installation) -> None:
    open_book(installation, slug="demo", title="真的", time_zone="Asia/Shanghai")
    with pytest.raises(AlreadyDefinedError):
        open_demo_book(installation, DEMO)
    assert overview(installation, "demo").size == 1


def test_the_full_demo_verifies(sqlite_url: str, tmp_path: Path) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        open_demo_book(installation)
        report = verify_book(installation, "demo")
    assert report.verdict is Verdict.FINE
    assert 12_000 <= report.size <= 20_000
