"""Vectors of a whole book: its entries, and forged ones that must not stand in their place."""

from collections.abc import Callable
from typing import Any, TypeAlias

from tests.vectors.hashes import ORIGIN, Vector
from tests.vectors.logs import Leg, Log, canonical, details_of, rows_until, salt_of


def net(row: Vector) -> int:
    return int(row["debits"]) - int(row["credits"])


def book_vector(log: Log, seq: int) -> Vector:
    entry = log.entries[seq]
    sealed = {"salt": salt_of(seq).hex(), "details": details_of(seq)} if entry["seals"] else {}
    return {
        "entry": canonical(entry),
        "leaf": log.leaf(seq).hex(),
        "root": log.root(seq + 1).hex(),
        **sealed,
    }


Forgery: TypeAlias = tuple[str, str, int, Vector]


def document_of(
    log: Log, keys: dict[int, bytes], holders: dict[int, int], forged: list[Forgery]
) -> Vector:
    """A whole book: what it comes to, for holders too, and what must not stand in its place."""
    rows = rows_until(log, "9999-12-31")
    return {
        "origin": ORIGIN,
        "keys": {str(number): key.hex() for number, key in keys.items()},
        "valid": [book_vector(log, seq) for seq in range(len(log.entries))],
        "balances": [
            {**{name: row[name] for name in ("account", "commodity", "lot")}, "balance": net(row)}
            for row in rows
        ],
        "holders": {str(number): balance for number, balance in holders.items()},
        "invalid": [
            {"about": about, "found": found, "seq": seq, "entry": canonical(entry)}
            for about, found, seq, entry in forged
        ],
    }


def instead(
    log: Log,
    about: str,
    seq: int,
    found: str = "public",
    /,
    **fields: Any,  # noqa: ANN401 - any field
) -> Forgery:
    """The entry ``seq`` with other fields."""
    return about, found, seq, {**log.entries[seq], **fields}


def with_public(
    log: Log,
    about: str,
    seq: int,
    found: str = "public",
    /,
    **facts: Any,  # noqa: ANN401 - any fact
) -> Forgery:
    """The entry ``seq`` with other public facts; None leaves one out."""
    public = {**log.entries[seq]["public"], **facts}
    kept = {name: value for name, value in public.items() if value is not None}
    return instead(log, about, seq, found, public=kept)


def with_legs(
    log: Log, about: str, seq: int, found: str = "public", /, *, change: Callable[[Leg], Leg]
) -> Forgery:
    """The entry ``seq`` with its last leg changed."""
    legs = log.entries[seq]["legs"]
    return instead(log, about, seq, found, legs=[*legs[:-1], change(legs[-1])])


def amount(value: int) -> Callable[[Leg], Leg]:
    return lambda leg: {**leg, "amount": value}
