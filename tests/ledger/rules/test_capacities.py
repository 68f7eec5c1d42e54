import pytest

from tests.ledger.bench import Bench, leg, replay
from timebank.errors import AuditorWritesError, CapacityError, LogBrokenError, SamePersonError
from timebank.flows.movements import Issue
from timebank.ledger.registry import Kind, standard_registry
from timebank.ledger.rules.capacities import check_capacities, meets

ISSUE = standard_registry().kind("issue")
TRANSFER = standard_registry().kind("transfer")
TWO_OFFICERS = Kind(
    kind="adjustment", by=(("staff:treasurer",), ("staff:verifier", "staff:buyer")), facts={}
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
        ("staff:buyer:2", "staff:treasurer:1"),
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
        ("staff:verifier:1", "staff:buyer:2"),
    ],
)
def test_a_group_that_nobody_meets_is_missing(by: tuple[str, ...]) -> None:
    with pytest.raises(CapacityError, match="staff:treasurer and staff:verifier or staff:buyer"):
        check_capacities(TWO_OFFICERS, by)


@pytest.mark.parametrize(
    "by",
    [
        ("staff:treasurer:1", "staff:verifier:1"),
        ("staff:treasurer:1", "staff:verifier:1", "staff:buyer:1", "app:kiosk"),
    ],
)
def test_one_officer_in_two_roles_does_not(by: tuple[str, ...]) -> None:
    with pytest.raises(SamePersonError, match="staff:treasurer and staff:verifier or staff:buy"):
        check_capacities(TWO_OFFICERS, by)


def test_one_capacity_does_not_meet_two_groups() -> None:
    kind = Kind(kind="x", by=(("app", "member"), ("app",)), facts={})

    check_capacities(kind, ("app:kiosk", "member"))
    check_capacities(kind, ("app:kiosk", "app:web"))
    with pytest.raises(SamePersonError):
        check_capacities(kind, ("app:kiosk",))


@pytest.mark.parametrize("kind", sorted(standard_registry().kinds))
def test_the_auditor_posts_nothing_neither_alone_nor_with_others(kind: str) -> None:
    others = {one for group in KINDS[kind].by for one in group}
    by = [
        f"{one}:{number}" if one.startswith("staff:") else one
        for number, one in enumerate(sorted(others), start=1)
    ]

    for capacities in (("staff:auditor:9",), (*by, "system", "staff:auditor:9")):
        with pytest.raises(AuditorWritesError) as caught:
            check_capacities(KINDS[kind], capacities)
        assert caught.value.details() == {"kind": kind, "capacity": "staff:auditor:9"}


def test_an_officer_of_a_role_called_alike_posts() -> None:
    check_capacities(TRANSFER, ("staff:auditor-assistant:1",))


def test_the_log_alone_shows_what_an_auditor_wrote() -> None:
    bench = Bench()
    bench.enrol("ana")
    draft = bench.draft(Issue(legs=(leg("issued", "ana", 1),)))

    with pytest.raises(LogBrokenError, match="auditor_writes: issue is not posted by staff:aud"):
        replay(bench.forge(draft, by=("staff:treasurer:1", "staff:auditor:2")))
    replay(bench.forge(draft, by=("staff:treasurer:1", "staff:verifier:2")))


# --- who posts what -----------------------------------------------------------------------------


KINDS = standard_registry().kinds
EVERYBODY = ("app:kiosk", "member", "staff:coordinator:1", "system")
NOT_MEMBERS = ("app:kiosk", "staff:coordinator:1", "system")
STOREKEEPER = ("staff:storekeeper:1", "system")
TREASURER = ("staff:treasurer:1", "system")
ALONE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("commodity.defined", "account.opened", "account.closed", "policy.set", "close"), TREASURER
    ),
    **dict.fromkeys(
        ("balance.opened", "issue", "reclaim", "expiry", "payout", "bank.moved"), TREASURER
    ),
    **dict.fromkeys(("fund.opened", "donation", "grant"), TREASURER),
    **dict.fromkeys(("intake", "move", "arrival", "round.out", "round.back"), STOREKEEPER),
    **dict.fromkeys(("holder.enrolled", "holder.left", "transfer", "give"), EVERYBODY),
    **dict.fromkeys(("hold", "release", "settle"), EVERYBODY),
    **dict.fromkeys(("attendance", "sale", "shop.sale", "redemption"), NOT_MEMBERS),
    **dict.fromkeys(("plan.filed", "report.filed", "market.reported"), ("staff:coordinator:1",)),
    **dict.fromkeys(("book.opened", "key.rotated"), ("system",)),
    "inspection": (*STOREKEEPER, "staff:verifier:1"),
    "lot.registered": (*TREASURER, "staff:storekeeper:1"),
    "market.filed": (*TREASURER, "staff:coordinator:1"),
    "reversal": ("staff:coordinator:1", "system"),
}
"""Who may post a kind alone."""
SEVERAL = {
    ("service", "verifier", "coordinator"),
    ("pool.granted", "coordinator", "verifier"),
    ("adjustment", "treasurer", "coordinator"),
    ("takings", "coordinator", "verifier"),
    ("pool.purchase", "treasurer", "storekeeper"),
    ("pool.purchase", "buyer", "storekeeper"),
    ("spoilage", "storekeeper", "coordinator"),
    ("count", "storekeeper", "coordinator"),
    ("reclassification", "treasurer", "coordinator"),
    ("spend", "coordinator", "verifier", "treasurer"),
}
"""Kinds that take several officers, each in one of these roles."""


def allows(kind: str, *by: str) -> bool:
    try:
        check_capacities(KINDS[kind], by)
    except (CapacityError, SamePersonError):
        return False
    return True


@pytest.mark.parametrize("kind", sorted(ALONE))
def test_an_entry_is_posted_alone_by_whom_it_is_for(kind: str) -> None:
    """Staff of any role may where a coordinator may, but for the filing of a market."""
    everybody = {*EVERYBODY, *STOREKEEPER, *TREASURER, "staff:verifier:1", "staff:buyer:1"}
    any_staff = "staff:coordinator:1" in ALONE[kind] and kind != "market.filed"

    for by in everybody:
        may = by in ALONE[kind] or (any_staff and by.startswith("staff:"))
        assert allows(kind, by) == may, by


@pytest.mark.parametrize(("kind", "roles"), [(kind, roles) for kind, *roles in sorted(SEVERAL)])
def test_who_answers_for_an_entry_together_are_different_officers(
    kind: str, roles: list[str]
) -> None:
    officers = [f"staff:{role}:{number}" for number, role in enumerate(roles)]

    assert allows(kind, *officers)
    for missing in officers:
        others = [one for one in officers if one != missing]
        assert not allows(kind, *others, "app:kiosk", "member", "system")
        of_same_number = missing.rpartition(":")[0] + ":" + others[0].rpartition(":")[2]
        with pytest.raises(SamePersonError):
            check_capacities(KINDS[kind], (*others, of_same_number))


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("service", ("verifier", "verifier")),
        ("service", ("coordinator", "treasurer")),
        ("adjustment", ("coordinator", "verifier")),
        ("pool.purchase", ("treasurer", "buyer")),
        ("pool.purchase", ("coordinator", "storekeeper")),
        ("spoilage", ("treasurer", "verifier")),
        ("count", ("treasurer", "verifier")),
        ("reclassification", ("coordinator", "verifier")),
        ("spend", ("coordinator", "verifier", "storekeeper")),
    ],
)
def test_officers_in_other_roles_do_not_answer_for_it(kind: str, roles: tuple[str, ...]) -> None:
    by = tuple(f"staff:{role}:{number}" for number, role in enumerate(roles))

    with pytest.raises(CapacityError):
        check_capacities(KINDS[kind], by)


def test_of_every_kind_it_is_said_who_posts_it() -> None:
    several = {kind for kind, *_ in SEVERAL}

    assert ALONE.keys() | several == KINDS.keys()
    assert several == {kind.kind for kind in KINDS.values() if len(kind.by) > 1}
