import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.bench import Bench, leg, member_id, place
from timebank.errors import MalformedError, UnknownAccountError
from timebank.flows.facts import (
    check_leg,
    check_reference,
    is_member_id,
    is_well_formed,
    needs_of_legs,
    spot_of,
)
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.ledger.model import DraftLeg, Leg, Place

ANA, BO = member_id("ana"), member_id("bo")


def test_a_command_needs_both_sides_of_its_legs_and_their_lots() -> None:
    needs = needs_of_legs(
        [leg("ana", "bo", 1), leg("world:opening", "bank:main", 2, "CNY", "fund:a")]
    )

    assert needs == Needs(
        balances=frozenset(
            {
                Wanted("members", ANA, "POINT", ""),
                Wanted("members", BO, "POINT", ""),
                Wanted("world:opening", "", "CNY", "fund:a"),
                Wanted("bank:main", "", "CNY", "fund:a"),
            }
        ),
        lots=frozenset({("CNY", "fund:a")}),
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (leg("ana", "bo", 1, "point"), "legs[1].commodity"),
        (leg("ana", "bo", 1, "POINT", "Fund"), "legs[1].lot"),
        (leg("Members:x", "bo", 1), "legs[1].from"),
        (leg("ana", "members#bo", 1), "legs[1].to"),
        (leg("ana", "ana", 1), "legs[1]"),
        (leg("issued", "issued", 1), "legs[1]"),
    ],
)
def test_a_leg_that_is_not_well_formed_is_told_by_field(wrong: Leg, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of_legs([leg("ana", "bo", 1), wrong])

    assert caught.value.field == field


@pytest.mark.parametrize("reference", ["issued", "stock:a:quarantine", f"members#{ANA}"])
def test_a_command_names_an_account_or_a_member_by_id(reference: str) -> None:
    check_reference(reference, "to")


@pytest.mark.parametrize(
    "reference",
    ["", "#", "members#", f"#{ANA}", "members#ana", f"members#{ANA}x", f"members#{ANA}#{BO}", "A"],
)
def test_a_command_names_nothing_else(reference: str) -> None:
    with pytest.raises(MalformedError):
        check_reference(reference, "to")


@pytest.mark.parametrize("text", ["", "a" * 21, "a" * 23, "a" * 21 + ".", "é" * 22, "a" * 21 + " "])
def test_a_member_id_is_22_characters_of_base64url(text: str) -> None:
    assert is_member_id(ANA)
    assert is_member_id("Aa0-_" + "x" * 17)
    assert not is_member_id(text)


def test_a_leg_may_be_checked_alone() -> None:
    check_leg(leg("ana", "bo", 1), "leg")
    assert spot_of(place("ana")) == Spot("members", ANA)
    assert spot_of("issued") == Spot("issued", "")


REFERENCES = st.sampled_from(
    [
        "issued",
        "members",
        place("ana"),
        place("bo"),
        "",
        "#",
        "members#",
        "Members",
        "members#short",
    ]
)


@given(
    st.builds(
        Leg,
        amount=st.just(1),
        commodity=st.sampled_from(["POINT", "RICE-5KG", "point", ""]),
        from_=REFERENCES,
        to=REFERENCES,
        lot=st.sampled_from(["", "rice-1", "Rice", "-"]),
    )
)
def test_the_quick_look_at_a_leg_sees_what_the_explaining_one_does(one: Leg) -> None:
    try:
        check_leg(one, "leg")
    except MalformedError:
        assert not is_well_formed(one)
    else:
        assert is_well_formed(one)


def test_a_place_is_an_account_with_the_number_of_its_holder() -> None:
    bench = Bench()
    number = bench.enrol("ana")
    facts = bench.facts()

    assert facts.place("issued") == Place("issued")
    assert facts.place(place("ana")) == Place("members", number)
    with pytest.raises(UnknownAccountError, match=f"members#{BO}"):
        facts.place(place("bo"))


def test_details_name_the_parties_by_their_id_side_by_side() -> None:
    bench = Bench()
    number = bench.enrol("ana")
    facts = bench.facts()
    legs = [
        DraftLeg(1, "POINT", "", Place("issued"), Place("members", number)),
        DraftLeg(1, "POINT", "", Place("issued"), Place("pool:donated")),
    ]

    assert facts.details(legs, {"memo": "", "reference": "A-17"}) == {
        "at": "2026-11-22T09:30:00Z",
        "parties": [{"to": ANA}, {}],
        "reference": "A-17",
    }
    assert facts.details(legs[1:], {}) == {"at": "2026-11-22T09:30:00Z"}
