"""The simulated community: always the same, as large as was promised, and with all there is."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from timebank.demo.community import Demo, live
from timebank.demo.days import FIRST, LAST
from timebank.demo.diary import BATCH_MAX, Item
from timebank.demo.origins import is_demo
from timebank.demo.size import FULL, SMALL, Size
from timebank.flows.attendances import Attendance
from timebank.flows.charity_market import FileMarket, ReportMarket
from timebank.flows.definitions import OpenAccount
from timebank.flows.holds import Hold
from timebank.flows.registry import FLOWS
from timebank.flows.services import Service

Dated = tuple[date, Item]


def batches_of(demo: Demo) -> Iterator[tuple[date, list[Item]]]:
    """All batches, of people whose ids are made up."""
    ids = [f"{number:022}" for number in range(len(demo.people()))]
    for day, batches in live(demo, ids):
        for batch in batches:
            yield day, batch


def items_of(demo: Demo) -> list[Dated]:
    """All items, each with its day."""
    return [(day, item) for day, batch in batches_of(demo) for item in batch]


@pytest.fixture(scope="module", params=[SMALL, FULL], ids=["small", "full"])
def size(request: pytest.FixtureRequest) -> Size:
    found: Size = request.param
    return found


@pytest.fixture(scope="module")
def items(size: Size) -> list[Dated]:
    """All items of either size."""
    return items_of(Demo(size))


@pytest.fixture(scope="module")
def full() -> list[Dated]:
    """All items of the large one."""
    return items_of(Demo(FULL))


def test_the_same_seed_is_the_same_year() -> None:
    assert items_of(Demo(SMALL)) == items_of(Demo(SMALL))
    assert Demo(SMALL).people() == Demo(SMALL).people()


def test_another_seed_is_another_year() -> None:
    assert items_of(Demo(SMALL, 1)) != items_of(Demo(SMALL, 2))
    assert Demo(SMALL, 1).people() != Demo(SMALL, 2).people()


def test_each_item_knows_its_place(items: list[Dated], size: Size) -> None:
    first = 1 + len(Demo(size).people())
    assert [item.seq for _, item in items] == list(range(first, first + len(items)))


def test_what_is_posted_together_names_only_what_is_in_the_book_before() -> None:
    for _, batch in batches_of(Demo(SMALL)):
        assert len(batch) <= BATCH_MAX
        for item in batch:
            for field in ("hold", "market", "move", "plan", "received", "reverses", "round"):
                named = getattr(item.command, field, None)
                assert not isinstance(named, int) or named < batch[0].seq


def test_it_is_as_large_as_the_association_it_is_like(full: list[Dated]) -> None:
    kinds = Counter(person.kind for person in Demo(FULL).people())
    assert kinds["member"] == 3_036
    clubs = [
        item.command.account
        for _, item in full
        if isinstance(item.command, OpenAccount) and item.command.account.startswith("groups:")
    ]
    assert len(clubs) == 43
    attendances = [item.command for _, item in full if isinstance(item.command, Attendance)]
    assert len(attendances) > 100
    assert sum(attendance.headcount for attendance in attendances) == 18_500
    days = [attendance.day for attendance in attendances if attendance.day]
    assert min(days).startswith("2010")
    assert 12_000 <= len(full) + len(Demo(FULL).people()) <= 20_000


def test_a_market_a_month_has_up_to_eighty_stalls(full: list[Dated]) -> None:
    held = [item.command.held for _, item in full if isinstance(item.command, FileMarket)]
    assert [day[:7] for day in held] == [f"2025-{month:02}" for month in range(1, 13)]
    stalls = [item.command.stalls for _, item in full if isinstance(item.command, ReportMarket)]
    assert len(stalls) == 12
    assert 60 <= min(stalls) <= max(stalls) <= 80


def test_every_flow_takes_part(items: list[Dated]) -> None:
    kinds = {type(item.command) for _, item in items}
    unused = {str(command.__struct_config__.tag) for command in set(FLOWS) - kinds}
    # The first two are the poster's; a demo closes no account and never changes its key.
    assert unused == {"book.opened", "holder.enrolled", "account.closed", "key.rotated"}


def test_days_are_in_order_and_in_the_year(items: list[Dated]) -> None:
    days = [day for day, _ in items]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (FIRST, LAST)


def test_people_have_chinese_names_and_numbers_of_their_own() -> None:
    people = Demo(FULL).people()
    assert len({person.number for person in people}) == len(people)
    assert all("一" <= letter <= "鿿" for person in people for letter in person.name)
    names = Counter(person.name for person in people)
    assert len(names) > len(people) // 2
    surnames = Counter(person.name[0] for person in people)
    assert {"王", "李", "张"} <= {name for name, _ in surnames.most_common(5)}


def test_nobody_is_helped_by_themselves(full: list[Dated]) -> None:
    holders = {item.seq: item.command.member for _, item in full if isinstance(item.command, Hold)}
    services = [item.command for _, item in full if isinstance(item.command, Service)]
    paid = [(one.helpers, holders[one.hold]) for one in services if one.hold is not None]
    assert len(paid) > 1_000
    assert all(helped not in {one.member for one in helpers} for helpers, helped in paid)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("demo.invalid/log/demo", True),
        ("full-2010.demo.invalid/log/demo", True),
        ("full-2010.demo.invalid:8000/log/demo", True),
        ("localhost/log/demo", False),
        ("notdemo.invalid/log/demo", False),
        ("demo.invalid.example.org/log/demo", False),
    ],
)
def test_a_demo_is_told_by_its_origin(origin: str, *, expected: bool) -> None:
    assert is_demo(origin) is expected


def test_each_demo_has_an_origin_of_its_own() -> None:
    origins = {Demo(size, seed).origin("demo") for size in (SMALL, FULL) for seed in (1, 2)}
    assert len(origins) == 4
    assert all(map(is_demo, origins))
