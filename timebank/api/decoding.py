"""Reading what callers send: strictly, as one type, with the field at fault where it is wrong.

JSON that names a key twice is refused, which no decoder does by itself: all of them silently take
the last. Numbers with a fraction or an exponent are no integers here, not even 1.0.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

import msgspec

from timebank.api.choices import choices
from timebank.errors import MalformedError

ValueT = TypeVar("ValueT")

_AT: Final = re.compile(r"(?P<reason>.*?) - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`", re.DOTALL)
_NAMED: Final = re.compile(
    r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`"
)
_WHOLE: Final = "body"
_JSON_NAME: Final = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_FIELD_CHARACTERS: Final = 200
"""How much is said of the name of a field, which may be anything where it is not known."""
_JSON_NAMES: Final = {
    "int": "an integer",
    "float": "a number that is no integer",
    "str": "a string",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "datetime": "a time",
}
_TIME: Final = "must be a time as of RFC 3339, with its offset: 2027-01-31T08:00:00+08:00"
_REASONS: Final = {
    "Invalid RFC3339 encoded datetime": _TIME,
    "Expected `datetime` with a timezone component": _TIME,
    "Integer value out of range": "is a number out of range",
    "Number out of range": "is a number out of range",
}
"""What msgspec says of values that no schema speaks of."""

_decode_anything: Final = msgspec.json.Decoder().decode
_decode_outside: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode: Final = msgspec.json.Encoder().encode


class Shape(Generic[ValueT]):
    """A type that JSON bodies and query strings are read as."""

    def __init__(self, type_: Any, *, shallow: bool = False) -> None:  # noqa: ANN401  also a union, which is no type
        """Prepare to decode values of this type.

        A ``shallow`` one looks at the outermost object only: what it holds as ``msgspec.Raw`` is
        to be read on its own.
        """
        self.type = type_
        self._decoder = msgspec.json.Decoder(type_)
        self._shallow = shallow

    def read(self, data: bytes) -> ValueT:
        """Decode a body. Raises :class:`MalformedError`, whatever the bytes are."""
        try:
            value: ValueT = self._decoder.decode(data)
            self._refuse_repeated_keys(data)
        except msgspec.ValidationError as error:
            # Of a key that comes twice, such as the kind, one value may fit and the other not.
            with suppress(msgspec.DecodeError, ValueError, RecursionError):
                self._refuse_repeated_keys(data)
            raise self._malformed(str(error)) from error
        except msgspec.DecodeError as error:
            raise MalformedError(_WHOLE, f"must be JSON: {error}") from error
        except UnicodeDecodeError as error:
            raise MalformedError(_WHOLE, "must be UTF-8") from error
        except RecursionError as error:
            raise MalformedError(_WHOLE, "has too many levels") from error
        return value

    def read_query(self, parameters: Mapping[str, str]) -> ValueT:
        """Convert the parameters of a query. Raises :class:`MalformedError`."""
        try:
            value: ValueT = msgspec.convert(parameters, self.type, strict=False)
        except msgspec.ValidationError as error:
            raise self._malformed(str(error)) from error
        return value

    def _refuse_repeated_keys(self, data: bytes) -> None:
        if self._shallow:
            _refuse_repeated_keys_outside(data)
        else:
            _refuse_repeated_keys(data)

    def _malformed(self, message: str) -> MalformedError:
        """What is wrong, from the message of msgspec, which is all that it gives."""
        found = _AT.fullmatch(message)
        reason, path = (found["reason"], found["path"]) if found else (message, "")
        named = _NAMED.fullmatch(reason)
        if named:
            path = f"{path}.{named['name']}" if path else named["name"]
            reason = "is needed" if named[1].startswith("missing") else "is not known here"
        elif reason in _REASONS:
            reason = _REASONS[reason]
        elif reason.startswith("Invalid"):
            reason = f"must be one of {', '.join(choices(self.type, path))}"
        else:
            reason = _JSON_NAME.sub(_to_json_names, reason.replace("Expected", "must be"))
        return MalformedError(_shortened(path) or _WHOLE, reason)


def _refuse_repeated_keys(data: bytes) -> None:
    """Raise MalformedError where an object of decoded JSON names a key twice.

    A decoder drops what is repeated, so the colons tell: encoded again there are fewer of them.
    That holds while no colon is escaped, which the encoder never does. Most bodies end here, in
    a fraction of the time that looking at each object takes.
    """
    # To look for one character first takes a tenth of the time, and few bodies have it.
    escaped = b"\\" in data and (b"\\u003a" in data or b"\\u003A" in data)
    if escaped or data.count(b":") != _encode(_decode_anything(data)).count(b":"):
        json.loads(data, object_pairs_hook=_refuse_repeated)


def _refuse_repeated_keys_outside(data: bytes) -> None:
    """Raise MalformedError where the outermost object names a key twice; it has plain keys."""
    kept = _decode_outside(data)
    if data.count(b":") != _encode(kept).count(b":"):
        raise MalformedError(_WHOLE, f"gives one of {', '.join(kept)} twice")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise MalformedError(_shortened(key), "is given twice")
        seen[key] = value
    return seen


def _to_json_names(found: re.Match[str]) -> str:
    return " or ".join(_JSON_NAMES.get(name, name) for name in found[1].split(" | "))


def _shortened(field: str) -> str:
    return field if len(field) <= _FIELD_CHARACTERS else f"{field[:_FIELD_CHARACTERS]}…"
