"""Public facts and seals: what an entry says in clear is what its kind provides for."""

from collections.abc import Callable
from typing import Any

from timebank.errors import FactsError, MalformedError, NotCanonicalError
from timebank.ledger import codes, encoding, notes
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Entry
from timebank.ledger.registry import FactSpec, Kind

MAX_TEXT_CHARACTERS = 200
HASH_BYTES = 32


def check_facts(kind: Kind, entry: Entry) -> None:
    """Raise FactsError where ``public`` or the number of seals does not fit the kind."""
    if kind.facts or entry.public:
        _check_fields(kind.facts, entry.public, "")
    if len(entry.seals) != kind.seals:
        raise FactsError("seals", f"{kind.kind} has {kind.seals} seals, not {len(entry.seals)}")


def _check_fields(fields: dict[str, FactSpec], value: dict[str, Any], path: str) -> None:
    for name in value:
        if name not in fields:
            raise FactsError(path + name, "is not a fact of this kind")
    for name, spec in fields.items():
        if name in value:
            _check_value(spec, value[name], path + name)
        elif not spec.optional:
            raise FactsError(path + name, "is missing")


def _check_value(spec: FactSpec, value: object, path: str) -> None:
    if spec.type == "object":
        if not isinstance(value, dict):
            raise FactsError(path, "must be an object")
        _check_fields(spec.fields, value, path + ".")
    elif spec.type == "list":
        _check_list(spec, value, path)
    elif spec.type == "integer":
        _check_integer(spec, value, path)
    elif spec.type == "choice":
        if value not in spec.values:
            raise FactsError(path, f"must be one of {', '.join(spec.values)}")
    elif not isinstance(value, str) or not _TEXTS[spec.type](value):
        raise FactsError(path, _EXPECTED[spec.type])


def _check_list(spec: FactSpec, value: object, path: str) -> None:
    most = MAX_INTEGER if spec.most is None else spec.most
    if not isinstance(value, list | tuple) or not (spec.least or 0) <= len(value) <= most:
        raise FactsError(path, f"must be a list of {spec.least or 0} to {most} items")
    assert spec.items is not None, "the registry describes the items of each list"
    for index, item in enumerate(value):
        _check_value(spec.items, item, f"{path}[{index}]")


def _check_integer(spec: FactSpec, value: object, path: str) -> None:
    least = 0 if spec.least is None else spec.least
    most = MAX_INTEGER if spec.most is None else spec.most
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise FactsError(path, f"must be an integer from {least} to {most}")


def _is_hash(text: str) -> bool:
    try:
        encoding.from_base64(text, HASH_BYTES)
    except NotCanonicalError:
        return False
    return True


def _is_vkey(text: str) -> bool:
    try:
        notes.parse_vkey(text)
    except MalformedError:
        return False
    return True


_TEXTS: dict[str, Callable[[str], bool]] = {
    "account": codes.is_code,
    "code": codes.is_code,
    "commodity": codes.is_commodity,
    "day": codes.is_day,
    "hash": _is_hash,
    "key": codes.is_fact_key,
    "lot": codes.is_code,
    "text": lambda text: 1 <= len(text) <= MAX_TEXT_CHARACTERS,
    "vkey": _is_vkey,
}
_EXPECTED = {
    "account": "must be an account code such as stock:yicang",
    "code": "must be a code of lower-case words",
    "commodity": "must be a commodity code such as POINT",
    "day": "must be a day YYYY-MM-DD",
    "hash": "must be the base64 of 32 bytes",
    "key": "must be a name of lower-case letters, digits and underscores",
    "lot": "must be a lot code such as fund:operating",
    "text": f"must be 1 to {MAX_TEXT_CHARACTERS} characters",
    "vkey": "must be a verifier key name+id+base64",
}
