"""What accounts and commodities are called in a journal for hledger."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.services.hledger.names import (
    commodity_directive,
    decimal,
    escape_number,
    forgotten,
    subaccount,
    symbol,
)

CODES = ("members", "members:held", "bank:main")


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0017", "0017"),
        ("甲-001", "甲-001"),
        ("A.1_2", "A.1_2"),
        ("a b", "a%20b"),
        ("a;b", "a%3Bb"),
        ("held:1", "held%3A1"),
        ("#17", "%2317"),
        ("%20", "%2520"),
        ("、", "%E3%80%81"),
    ],
)
def test_numbers_are_written_without_what_hledger_reads_otherwise(
    number: str, written: str
) -> None:
    assert escape_number(number) == written


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=64))
def test_any_number_can_be_told_from_what_is_written(number: str) -> None:
    written = subaccount("members", escape_number(number), CODES)
    part = written.removeprefix("members:")
    assert unquote(part, errors="strict") == number
    assert re.fullmatch(r"(?:[^\W#:;]|[-.%])+", part)
    assert written not in CODES


def test_a_number_never_makes_the_code_of_another_account() -> None:
    assert subaccount("members", "held", CODES) == "members:%68eld"
    assert subaccount("members:held", "held", CODES) == "members:held:held"
    assert subaccount("bank", "main", ["bank:main:yuan"]) == "bank:%6Dain"


def test_who_was_forgotten_is_called_as_no_number_is() -> None:
    assert forgotten(17) == "#17"
    assert "#" not in escape_number("#17")


def test_commodities_and_amounts() -> None:
    assert symbol("POINT", "") == '"POINT"'
    assert symbol("CNY", "fund:flood-2026") == '"CNY fund:flood-2026"'
    assert commodity_directive("POINT", "", 0) == 'commodity 1000. "POINT"'
    assert commodity_directive("CNY", "fund:x", 2) == 'commodity 1000.00 "CNY fund:x"'
    assert decimal(-5, 2) == "-0.05"
    assert decimal(90, 0) == "90"
