"""Logs as the definitions in docs/FORMAT.md have them, of which vectors of whole books are made.

Like ``hashes``, this imports nothing of timebank. No rule is asked about anything.
"""

import json
from base64 import b64encode
from typing import Any, TypeAlias

from tests.vectors.hashes import (
    KEY,
    ORIGIN,
    OTHER_KEY,
    Vector,
    blinded,
    commitment,
    hash_of,
    key_hash,
    leaf_hash,
    month_key,
    tree_root,
    vkey,
)

Leg: TypeAlias = dict[str, Any]

CARRIER_KEY = bytes(range(2, 34))
ANA, BO, CARRIER = 6, 7, 8
KEYS = {ANA: KEY, BO: OTHER_KEY, CARRIER: CARRIER_KEY}
GREATEST = 2**53 - 1


def canonical(value: Any) -> str:  # noqa: ANN401 - any value of the subset
    """RFC 8785 for our subset: ASCII keys, integers, and strings without control characters."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def genesis(chart: dict[str, str], title: str = "翠竹园时间银行") -> Vector:
    """The facts of a book's first entry, with these accounts by their types."""
    return {
        "chart": [{"account": account, "type": type_} for account, type_ in chart.items()],
        "time_zone": "Asia/Shanghai",
        "title": title,
        "vkey": vkey(ORIGIN, bytes(range(32))),
    }


def of(holder: int, account: str = "members") -> tuple[str, int]:
    """A holder's part of a control account, which is blinded when the leg has its place."""
    return account, holder


def leg(
    from_: str | tuple[str, int],
    to: str | tuple[str, int],
    amount: int,
    commodity: str = "POINT",
    lot: str = "",
) -> Leg:
    made: Leg = {"amount": amount, "commodity": commodity, "from": from_, "to": to}
    return {**made, "lot": lot} if lot else made


def turned_round(legs: list[Leg]) -> list[Leg]:
    return [{**leg, "from": leg["to"], "to": leg["from"]} for leg in legs]


def details_of(seq: int) -> Vector:
    return {"at": "2026-10-01T08:00:00Z", "memo": f"内容 {seq}"}


def salt_of(seq: int) -> bytes:
    return hash_of(f"salt {seq}".encode())


class Log:
    """Entries one after the other, each made by the definitions and without any rule."""

    def __init__(self) -> None:
        self.entries: list[Vector] = []

    def add(self, kind: str, posted: str, /, **fields: Any) -> Vector:  # noqa: ANN401 - any field
        """Append an entry; ``sealed`` says that its kind has a seal."""
        entry = self.make(kind, posted, len(self.entries), **fields)
        self.entries.append(entry)
        return entry

    def make(  # noqa: PLR0913 - an entry has this many parts
        self,
        kind: str,
        posted: str,
        seq: int,
        *,
        legs: list[Leg] | None = None,
        public: Vector | None = None,
        sealed: bool = False,
        by: str = "system",
        day: str | None = None,
    ) -> Vector:
        """Make the entry ``seq``, of which those before it are in this log."""
        return {
            "v": 1,
            "book": ORIGIN,
            "seq": seq,
            "prev": base64(self.leaf(seq - 1)),
            "kind": kind,
            "day": day or posted,
            "posted": posted,
            "by": [by],
            "legs": [
                self.placed(leg, seq, number, posted) for number, leg in enumerate(legs or [])
            ],
            "public": public or {},
            "seals": [base64(self.seal(seq))] if sealed else [],
        }

    def placed(self, leg: Leg, seq: int, number: int, posted: str) -> Leg:
        """The leg with the parts of control accounts blinded; repeated references stay."""
        sides = {
            name: self.reference(leg[name], seq, number, side, posted)
            for side, name in enumerate(("from", "to"))
        }
        return {**leg, **sides}

    def reference(
        self, place: str | tuple[str, int], seq: int, number: int, side: int, posted: str
    ) -> str:
        if isinstance(place, str):
            return place
        account, holder = place
        key = month_key(KEYS[holder], ORIGIN, posted[:7])
        return f"{account}#{blinded(key, ORIGIN, seq, number, side)}"

    def seal(self, seq: int) -> bytes:
        return commitment(salt_of(seq), ORIGIN, seq, 0, canonical(details_of(seq)))

    def leaf(self, seq: int) -> bytes:
        """The leaf hash of an entry; before the first, SHA-256 of nothing."""
        if seq < 0:
            return hash_of(b"")
        return leaf_hash(canonical(self.entries[seq]).encode())

    def root(self, size: int) -> bytes:
        return tree_root([self.leaf(seq) for seq in range(size)])


LIST_HASH = base64(hash_of(b"the filed list"))


def enrolled(holder: str, key: bytes, **facts: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"holder": holder, "key": base64(key_hash(ORIGIN, key)), **facts}


def rows_until(log: Log, day: str) -> list[Vector]:
    """What every account took in and gave out by the end of a day, in order."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for entry in log.entries:
        for moved in entry["legs"] if entry["day"] <= day else []:
            for place, side in ((moved["to"], 0), (moved["from"], 1)):
                key = place.split("#")[0], moved["commodity"], moved.get("lot", "")
                sums.setdefault(key, [0, 0])[side] += moved["amount"]
    return [
        {
            "account": account,
            "commodity": commodity,
            "lot": lot,
            "debits": pair[0],
            "credits": pair[1],
        }
        for (account, commodity, lot), pair in sorted(sums.items())
    ]


def trial_lines(rows: list[Vector]) -> str:
    """One canonical object a row, without an empty lot, each ended by 0A."""
    return "".join(
        canonical({name: value for name, value in row.items() if value != ""}) + "\n"
        for row in rows
    )


def digest_of(lines: str) -> str:
    return base64(hash_of(lines.encode()))
