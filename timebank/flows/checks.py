"""What is asked of every command before anything is read for it."""

from typing import Final
from unicodedata import category

from msgspec import to_builtins
from msgspec.structs import astuple

from timebank.errors import MalformedError, NotCanonicalError
from timebank.flows.command import Command, PostedCommand
from timebank.ledger import codes, encoding

_IDEOGRAPHS: Final = range(0x20000, 0x3FFFE)


def check_command(command: Command) -> None:
    """Raise MalformedError where days, evidence or texts of a command are not well formed."""
    for index, value in enumerate(astuple(command)):
        if type(value) is str and not (value.isascii() and value.isprintable()):
            check_text(value, command.__struct_fields__[index])
    if command.day is not None:
        codes.check_code("day", command.day, field="day")
    if isinstance(command, PostedCommand):
        if command.belongs is not None:
            codes.check_code("day", command.belongs, field="belongs")
        for index, item in enumerate(command.evidence):
            check_hash(item, f"evidence[{index}]")
    else:
        _check_texts(to_builtins(command), "")


def _check_texts(value: object, field: str) -> None:
    """Raise MalformedError at a text within a value that the log cannot say."""
    if isinstance(value, str):
        check_text(value, field)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(inner, f"{field}.{name}" if field else name)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check_texts(inner, f"{field}[{index}]")


def check_text(text: str, field: str) -> None:
    """Raise MalformedError unless the log can say the text, now and for ever.

    Canonical text is in Unicode normal form C. Of a character that is not assigned yet nobody
    knows its normal form, but for the planes of ideographs, which have none but themselves.
    """
    try:
        encoding.check(text)
    except NotCanonicalError as error:
        raise MalformedError(field, f"is {error.reason}") from error
    if not text.isprintable() and any(map(_is_unassigned, text)):
        raise MalformedError(field, "is a string with a character that Unicode has not assigned")


def _is_unassigned(character: str) -> bool:
    return category(character) == "Cn" and ord(character) not in _IDEOGRAPHS


def check_hash(text: str, field: str) -> None:
    """Raise MalformedError unless it is the base64 of 32 bytes."""
    try:
        encoding.from_base64(text, 32)
    except NotCanonicalError as error:
        raise MalformedError(field, "must be the base64 of 32 bytes") from error
