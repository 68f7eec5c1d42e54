import pytest

from tests.ledger.bench import Bench, hash_of, leg, member_id
from timebank.errors import MalformedError
from timebank.flows.checks import check_command, check_hash, check_text
from timebank.flows.command import Command
from timebank.flows.definitions import DefineCommodity, EnrolHolder, OpenBook
from timebank.flows.movements import Transfer

LEGS = (leg("ana", "bo", 1),)


@pytest.mark.parametrize(
    "command",
    [
        Transfer(legs=LEGS),
        Transfer(legs=LEGS, day="2026-11-22", belongs="2026-10-31"),
        Transfer(legs=LEGS, memo="帮王阿姨买菜 🥬", reference="A-17", evidence=(hash_of("photo"),)),
        EnrolHolder(holder="member", key_hash=hash_of("key"), number="0017", name="王𫝑霞"),
    ],
)
def test_a_command_with_days_texts_and_evidence_is_well_formed(command: Command) -> None:
    check_command(command)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Transfer(legs=LEGS, day="22.11.2026"), "day"),
        (Transfer(legs=LEGS, day="2026-02-29"), "day"),
        (Transfer(legs=LEGS, belongs="yesterday"), "belongs"),
        (Transfer(legs=LEGS, evidence=(hash_of("photo"), "photo")), "evidence[1]"),
        (Transfer(legs=LEGS, memo="two\nlines"), "memo"),
        (Transfer(legs=LEGS, memo="\ud800"), "memo"),
        (Transfer(legs=LEGS, reference="e\u0301"), "reference"),
        (EnrolHolder(holder="member", key_hash="", number="1\x00", name="a"), "number"),
        (EnrolHolder(holder="member", key_hash="", number="1", name="a\u0085b"), "name"),
        (OpenBook(title="a\tb", time_zone="UTC", vkey=""), "title"),
        (DefineCommodity(commodity="A", commodity_kind="time", scale=0, title="\x7f"), "title"),
    ],
)
def test_what_the_log_cannot_say_is_told_by_field(command: Command, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check_command(command)

    assert caught.value.field == field


@pytest.mark.parametrize(
    "text", ["", "a", "翠竹园", "é", "𝄞", "\U00030000", "\U0002ebf0", "\U000323b0", "\ue000"]
)
def test_text_that_is_in_normal_form_for_ever_is_fine(text: str) -> None:
    check_text(text, "memo")


@pytest.mark.parametrize("text", ["\u0378", "a\U000e0fff", "\ufffe", "\U0001fffe"])
def test_a_character_that_is_not_assigned_might_get_another_normal_form(text: str) -> None:
    with pytest.raises(MalformedError, match="memo: is a string with a character that Unicode has"):
        check_text(text, "memo")


@pytest.mark.parametrize("text", ["", "photo", hash_of("photo")[:-1], hash_of("a") + "\n"])
def test_a_hash_is_the_base64_of_32_bytes(text: str) -> None:
    check_hash(hash_of("photo"), "list")
    with pytest.raises(MalformedError, match="list: must be the base64 of 32 bytes"):
        check_hash(text, "list")


def test_what_is_private_is_sealed_and_nowhere_in_the_entry() -> None:
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.issue("ana", 5)
    evidence = hash_of("photo")
    bench.post(Transfer(legs=LEGS, memo="买菜", reference="A-17", evidence=(evidence,)))

    written = bench.written[-1]
    assert bench.sealed() == {
        "at": "2026-11-22T09:30:00Z",
        "evidence": [evidence],
        "memo": "买菜",
        "parties": [{"from": member_id("ana"), "to": member_id("bo")}],
        "reference": "A-17",
    }
    for secret in ("买菜", "A-17", evidence, member_id("ana")):
        assert secret.encode() not in written.body
    assert written.entry.public == {}
