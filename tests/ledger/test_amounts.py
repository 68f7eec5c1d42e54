"""Amounts for people: what is written can be read, and nothing is ever rounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.errors import MalformedError
from timebank.ledger.amounts import format_amount, parse_amount
from timebank.ledger.encoding import MAX_INTEGER


@pytest.mark.parametrize(
    ("amount", "scale", "kind", "text"),
    [
        (0, 0, "points", "0"),
        (1250, 0, "points", "1250"),
        (-3, 0, "goods", "-3"),
        (1250, 2, "points", "12.50"),
        (5, 2, "money", "0.05"),
        (-5, 2, "money", "-0.05"),
        (-12345, 3, "money", "-12.345"),
        (1, 6, "money", "0.000001"),
        (0, 0, "time", "0:00"),
        (90, 0, "time", "1:30"),
        (-5, 0, "time", "-0:05"),
        (60 * 1500, 0, "time", "1500:00"),
        (150, 2, "time", "1.50"),
        (MAX_INTEGER, 0, "points", "9007199254740991"),
        (MAX_INTEGER, 2, "points", "90071992547409.91"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_commodity(
    amount: int, scale: int, kind: str, text: str
) -> None:
    assert format_amount(amount, scale, kind) == text
    assert parse_amount(text, scale, kind) == amount


@given(
    st.integers(-MAX_INTEGER, MAX_INTEGER),
    st.integers(0, 6),
    st.sampled_from(["time", "points", "money", "goods"]),
)
def test_what_is_written_can_be_read(amount: int, scale: int, kind: str) -> None:
    assert parse_amount(format_amount(amount, scale, kind), scale, kind) == amount


@pytest.mark.parametrize(("text", "amount"), [("12.5", 1250), ("12", 1200), ("-0", 0)])
def test_decimals_at_the_end_may_be_left_out(text: str, amount: int) -> None:
    assert parse_amount(text, 2, "money") == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1\n", "+1", "--1", "\u22121", "1.", ".5", "01", "1,000", "1_0"),
        *("1.005", "1e3", "0x1", "\u0661", "NaN", "9" * 17, "90071992547409.92"),
    ],
)
def test_what_is_no_amount_of_two_decimals_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_amount(text, 2, "money")


@pytest.mark.parametrize(
    "text", ["90", "1:5", "1:60", ":30", "01:30", "1:30:00", "1.5", "9" * 16 + ":00"]
)
def test_what_is_no_time_of_hours_and_minutes_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_amount(text, 0, "time")


def test_decimals_are_refused_where_the_commodity_has_none() -> None:
    with pytest.raises(MalformedError, match="at most 0 decimals"):
        parse_amount("1.0", 0, "points")
