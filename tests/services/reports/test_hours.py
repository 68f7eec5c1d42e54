"""Hours and points by category, club and source, and what is in circulation."""

import hashlib
from collections.abc import Iterator
from itertools import count

import pytest

from tests.installations import Community
from tests.services.reports.asking import APRIL, MARCH, filled_book, lines
from timebank.flows.attendances import Attendance
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.gifts import Give
from timebank.flows.holds import Hold
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.flows.services import Helper, Service
from timebank.ledger.encoding import to_base64

OFFICERS = ("staff:verifier:1", "staff:coordinator:2")
CLUB = "groups:chess-club"
TASKS = count()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def helped(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """Two months in which neighbours helped, and clubs met; one service was reversed in April."""
    with filled_book(request, tmp_path_factory, help_and_meet) as community:
        yield community


def help_and_meet(community: Community) -> None:
    community.post(
        SetPolicy(
            settings=(
                SettingFact("tariff", 60, "HOUR", category="company"),
                SettingFact("tariff", 6, "POINT", category="repair"),
                SettingFact("cap_daily", 120, "HOUR"),
            )
        )
    )
    serve(community, "company", "HOUR", 李=90)
    mistaken = serve(community, "company", "HOUR", 李=20, 王=150)
    hold = Hold(member=community.ids["王"], amount=10, commodity="POINT")
    serve(community, "repair", "POINT", hold=community.post(hold).seq, 李=100)
    give = Give(giver=community.reference("李"), amount=4, commodity="POINT")
    community.post(give)
    community.transfer("王", CLUB, 30)
    attend(community, "chess-1", "sport", 24, group=CLUB)
    attend(community, "chess-2", "sport", 20, group=CLUB)
    attend(community, "fair-1", "festival", 400)
    community.clock.advance(days=40)
    community.post(Close(until="2026-03-31"))
    community.post(Reverse(reverses=mistaken))
    community.transfer(CLUB, "李", 12)


def serve(
    community: Community, category: str, commodity: str, *, hold: int | None = None, **minutes: int
) -> int:
    """A service of the category, by helpers who worked so many minutes."""
    service = Service(
        task=to_base64(hashlib.sha256(str(next(TASKS)).encode()).digest()),
        category=category,
        commodity=commodity,
        helpers=tuple(Helper(community.ids[name], worked) for name, worked in minutes.items()),
        hold=hold,
    )
    return community.post(service, by=OFFICERS).seq


def attend(
    community: Community, event: str, category: str, headcount: int, group: str | None = None
) -> None:
    community.post(Attendance(event=event, category=category, headcount=headcount, group=group))


CATEGORY = (
    "category commodity services helpers minutes from_members from_community to_helpers to_pool"
)


def test_by_category(helped: Community) -> None:
    found = lines(helped, "hours-by-category", f"{CATEGORY} events headcount", MARCH)
    assert found == [
        # 王 worked 150 minutes, of which 30 are over the daily cap and go to the pool.
        ("company", "HOUR", 2, 3, 260, 0, 260, 230, 30, None, None),
        ("repair", "POINT", 1, 1, 100, 10, 0, 10, 0, None, None),
        ("festival", *[None] * 8, 1, 400),
        ("sport", *[None] * 8, 2, 44),
    ]


def test_a_reversed_service_is_taken_back_in_the_period_of_its_reversal(helped: Community) -> None:
    assert lines(helped, "hours-by-category", CATEGORY, APRIL) == [
        ("company", "HOUR", -1, -2, -170, 0, -170, -140, -30),
    ]
    both = "2026-03-01", "2026-04-30"
    assert lines(helped, "hours-by-category", CATEGORY, both)[0] == (
        *("company", "HOUR", 1, 1, 90, 0, 90, 90, 0),
    )


def test_by_club(helped: Community) -> None:
    columns = "account commodity opening received given closing events headcount"
    assert lines(helped, "hours-by-club", columns, MARCH) == [
        ("", None, None, None, None, None, 1, 400),
        (CLUB, "POINT", 0, 30, 0, 30, None, None),
        (CLUB, None, None, None, None, None, 2, 44),
    ]
    assert lines(helped, "hours-by-club", columns, APRIL) == [
        (CLUB, "POINT", 30, 0, 12, 18, None, None),
    ]


def test_by_source(helped: Community) -> None:
    columns = "commodity kind from_account to_account amount legs"
    assert lines(helped, "hours-by-source", columns, MARCH) == [
        ("HOUR", "service", "issued", "members", 230, 3),
        ("HOUR", "service", "issued", "pool:donated", 30, 1),
        ("POINT", "give", "members", "pool:donated", 4, 1),
        ("POINT", "hold", "members", "members:held", 10, 1),
        ("POINT", "issue", "issued", "members", 100, 1),
        ("POINT", "service", "members:held", "members", 10, 1),
        ("POINT", "transfer", "members", CLUB, 30, 1),
    ]
    assert lines(helped, "hours-by-source", columns, APRIL) == [
        ("HOUR", "service", "issued", "members", -140, -2),
        ("HOUR", "service", "issued", "pool:donated", -30, -1),
        ("POINT", "transfer", CLUB, "members", 12, 1),
    ]


def test_what_is_in_circulation_is_what_was_promised(helped: Community) -> None:
    columns = "commodity account opening received given closing"
    assert lines(helped, "circulation", columns, APRIL) == [
        ("HOUR", "issued", -260, 170, 0, -90),
        ("HOUR", "members", 230, 0, 140, 90),
        ("HOUR", "pool:donated", 30, 0, 30, 0),
        ("HOUR", "", 260, None, None, 90),
        ("POINT", CLUB, 30, 0, 12, 18),
        ("POINT", "issued", -100, 0, 0, -100),
        ("POINT", "members", 66, 12, 0, 78),
        ("POINT", "members:held", 0, 0, 0, 0),
        ("POINT", "pool:donated", 4, 0, 0, 4),
        ("POINT", "", 100, None, None, 100),
    ]
