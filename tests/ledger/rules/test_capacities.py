import pytest

from timebank.errors import CapacityError, SamePersonError
from timebank.ledger.registry import Kind, standard_registry
from timebank.ledger.rules.capacities import check_capacities, meets

ISSUE = standard_registry().kind("issue")
TRANSFER = standard_registry().kind("transfer")
TWO_OFFICERS = Kind(
    kind="adjustment", by=(("staff:treasurer",), ("staff:verifier", "staff:auditor")), facts={}
)


@pytest.mark.parametrize(
    ("capacity", "wanted"),
    [
        ("staff:treasurer:1", "staff:treasurer"),
        ("staff:treasurer:1", "staff"),
        ("app:kiosk", "app"),
        ("member", "member"),
        ("system", "system"),
    ],
)
def test_a_capacity_meets_what_it_falls_under(capacity: str, wanted: str) -> None:
    assert meets(capacity, wanted)


@pytest.mark.parametrize(
    ("capacity", "wanted"),
    [
        ("staff:treasurer-deputy:1", "staff:treasurer"),
        ("staff:verifier:1", "staff:treasurer"),
        ("app:staff", "staff"),
        ("member", "app"),
        ("system", "staff"),
    ],
)
def test_a_capacity_meets_nothing_else(capacity: str, wanted: str) -> None:
    assert not meets(capacity, wanted)


@pytest.mark.parametrize(
    "by", [("staff:treasurer:1",), ("system",), ("app:kiosk", "member", "staff:treasurer:2")]
)
def test_an_issue_is_posted_by_a_treasurer_or_the_system(by: tuple[str, ...]) -> None:
    check_capacities(ISSUE, by)


@pytest.mark.parametrize("by", [("app:kiosk",), ("member",), ("app:kiosk", "staff:verifier:1")])
def test_an_issue_is_posted_by_nobody_else(by: tuple[str, ...]) -> None:
    with pytest.raises(CapacityError) as caught:
        check_capacities(ISSUE, by)

    assert str(caught.value) == "issue must be posted by staff:treasurer or system"


@pytest.mark.parametrize("by", ["app:kiosk", "member", "staff:coordinator:3", "system"])
def test_a_transfer_is_posted_by_anybody(by: str) -> None:
    check_capacities(TRANSFER, (by,))


@pytest.mark.parametrize(
    "by",
    [
        ("staff:treasurer:1", "staff:verifier:2"),
        ("staff:auditor:2", "staff:treasurer:1"),
        ("staff:treasurer:2", "staff:verifier:2", "staff:verifier:1"),
    ],
)
def test_two_officers_meet_two_groups(by: tuple[str, ...]) -> None:
    check_capacities(TWO_OFFICERS, by)


@pytest.mark.parametrize(
    "by",
    [
        ("staff:treasurer:1",),
        ("staff:treasurer:1", "staff:treasurer:2"),
        ("staff:verifier:1", "staff:auditor:2"),
    ],
)
def test_a_group_that_nobody_meets_is_missing(by: tuple[str, ...]) -> None:
    with pytest.raises(CapacityError, match="staff:treasurer and staff:verifier or staff:auditor"):
        check_capacities(TWO_OFFICERS, by)


@pytest.mark.parametrize(
    "by",
    [
        ("staff:treasurer:1", "staff:verifier:1"),
        ("staff:treasurer:1", "staff:verifier:1", "staff:auditor:1", "app:kiosk"),
    ],
)
def test_one_officer_in_two_roles_does_not(by: tuple[str, ...]) -> None:
    with pytest.raises(SamePersonError, match="staff:treasurer and staff:verifier or staff:aud"):
        check_capacities(TWO_OFFICERS, by)


def test_one_capacity_does_not_meet_two_groups() -> None:
    kind = Kind(kind="x", by=(("app", "member"), ("app",)), facts={})

    check_capacities(kind, ("app:kiosk", "member"))
    check_capacities(kind, ("app:kiosk", "app:web"))
    with pytest.raises(SamePersonError):
        check_capacities(kind, ("app:kiosk",))
