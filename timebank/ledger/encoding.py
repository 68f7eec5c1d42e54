"""Canonical JSON: the one way to write a value as bytes, and the only bytes that are read.

The bytes are those of RFC 8785 (JCS), in the subset of docs/FORMAT.md: UTF-8 without a byte order
mark; objects, arrays, strings, ``true``, ``false`` and integers within ±(2**53 - 1); no floats, no
null; at most 8 levels of objects and arrays; keys ``[a-z][a-z0-9_]*``, sorted, none twice;
strings in NFC, without control characters (Unicode category Cc) or lone surrogates. In this
subset sorting by bytes is sorting by UTF-16 units, so msgspec's sorted output is JCS.

This is a persisted format: what is accepted today is accepted for ever, and a change needs a new
``v`` in the entry. Beside JSON stands the base64 that entries use.
"""

import re
from binascii import a2b_base64, b2a_base64
from typing import Final, TypeAlias, cast
from unicodedata import is_normalized

import msgspec

from timebank.errors import NotCanonicalError

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | bool"
"""What canonical JSON can say. No subclasses: an enumeration or a named tuple is refused."""

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 8
MAX_ENTRY_BYTES: Final = 16_384

_is_key: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII).fullmatch
_KNOWN_KEYS: Final[set[str]] = set()
_KNOWN_KEYS_MAX: Final = 1_024
_KNOWN_KEY_CHARACTERS_MAX: Final = 64
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(f"[{chr(0xD800)}-{chr(0xDFFF)}]")
_TOO_DEEP: Final = f"more than {MAX_DEPTH} levels of objects and arrays"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder().decode


def encode(value: object) -> bytes:
    """Encode as canonical JSON. Raises :class:`NotCanonicalError` outside the subset."""
    check(value)
    return _encode(value)


def decode(data: bytes) -> Value:
    """Decode canonical JSON, and nothing else.

    What was parsed must lie in the subset and give the same bytes when encoded again, so there
    is exactly one byte string for each value. Raises :class:`NotCanonicalError`, never another
    error, whatever the bytes are. How many bytes there may be is for the caller to say.
    """
    value = _parse(data)
    if encode(value) != data:
        raise NotCanonicalError(
            "written in another way than RFC 8785: check white space, the order of keys, "
            "a key that comes twice, escapes and the form of numbers"
        )
    return cast("Value", value)


def check(value: object, *, depth: int = 1) -> None:
    """Raise :class:`NotCanonicalError` when canonical JSON cannot say the value.

    ``depth`` is the level on which the value stands: 1 on its own, 2 as a member of an object.
    """
    # This runs for every scalar that is written or read. Printable ASCII, which nearly all
    # strings are, needs no further look; what is printable has no control characters and no
    # surrogates, nor any character that is not assigned.
    if type(value) is str:
        if not (value.isascii() and value.isprintable()):
            _check_text(value)
    elif type(value) is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NotCanonicalError("an integer outside ±(2^53-1)")
    elif type(value) is dict:
        _check_object(value, depth)
    elif type(value) is list:
        _check_array(value, depth)
    elif type(value) is not bool:
        raise NotCanonicalError(_why_wrong_type(value))


def to_base64(data: bytes) -> str:
    """Encode as base64 with padding (RFC 4648 section 4)."""
    return b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str, length_bytes: int | None = None) -> bytes:
    """Decode base64 of RFC 4648 section 4, in its one canonical form.

    Padding must be there, unused bits zero, and nothing else between; ``length_bytes`` asks for
    so many bytes. Raises :class:`NotCanonicalError`.
    """
    try:
        data = a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise NotCanonicalError("not base64 with padding") from error
    if to_base64(data) != text:
        raise NotCanonicalError("base64 with bits set that carry nothing")
    if length_bytes is not None and len(data) != length_bytes:
        raise NotCanonicalError(f"base64 of {len(data)} bytes where {length_bytes} are needed")
    return data


def _parse(data: bytes) -> object:
    try:
        value: object = _decode(data)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotCanonicalError(_why_unreadable(data, error)) from error
    except RecursionError as error:
        raise NotCanonicalError(_TOO_DEEP) from error
    return value


def _why_unreadable(data: bytes, error: Exception) -> str:
    if data.startswith(_BYTE_ORDER_MARK):
        return "begins with a byte order mark"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return f"not JSON: {error}"


def _check_object(value: dict[object, object], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonicalError(_TOO_DEEP)
    depth += 1
    for key, item in value.items():
        if type(key) is not str or not (key in _KNOWN_KEYS or _learn_key(key)):
            raise NotCanonicalError("a key that is not [a-z][a-z0-9_]*")
        if type(item) is not str or not (item.isascii() and item.isprintable()):
            check(item, depth=depth)


def _check_array(value: list[object], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotCanonicalError(_TOO_DEEP)
    depth += 1
    for item in value:
        check(item, depth=depth)


def _learn_key(key: str) -> bool:
    """Whether a key is well formed; what was once needs no look the next time."""
    if not _is_key(key):
        return False
    if len(_KNOWN_KEYS) < _KNOWN_KEYS_MAX and len(key) <= _KNOWN_KEY_CHARACTERS_MAX:
        _KNOWN_KEYS.add(key)
    return True


def _check_text(text: str) -> None:
    if not text.isprintable():
        if _CONTROL.search(text):
            raise NotCanonicalError("a string with a control character")
        if _SURROGATE.search(text):
            raise NotCanonicalError("a string with a lone surrogate")
    if not is_normalized("NFC", text):
        raise NotCanonicalError("a string that is not in Unicode normal form C")


def _why_wrong_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return "a number with a fraction or an exponent, or out of all range"
    return f"a value of the type {type(value).__name__}"
