"""Make the vectors of whole entries, of a small book and of its trial balance.

Like ``generate``, this imports nothing of timebank: it writes entries by the definitions in
docs/FORMAT.md alone. ``python -m tests.vectors.generate_books`` writes the files, and a test
compares them. In all three files an ``invalid`` vector says in ``about`` what is wrong with it.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.vectors.generate import (
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
    write_files,
)

Leg: TypeAlias = dict[str, Any]

CARRIER_KEY = bytes(range(2, 34))
ANA, BO, CARRIER = 6, 7, 8
KEYS = {ANA: KEY, BO: OTHER_KEY, CARRIER: CARRIER_KEY}
GREATEST = 2**53 - 1


# --- the definitions --------------------------------------------------------------------------


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


# --- a small book -------------------------------------------------------------------------------


CHART = {
    "members": "control",
    "members:held": "control",
    "transit": "control",
    "pool:donated": "holding",
    "issued": "boundary",
    "world:opening": "boundary",
}
GENESIS = genesis(CHART)
NEXT_VKEY = vkey(ORIGIN, bytes(range(1, 33)))
LIST_HASH = base64(hash_of(b"the filed list"))


def enrolled(holder: str, key: bytes, **facts: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"holder": holder, "key": base64(key_hash(ORIGIN, key)), **facts}


def limit(amount: int) -> list[Vector]:
    return [{"amount": amount, "commodity": "POINT"}]


def small_book() -> Log:
    """One entry of every kind of the ledger itself, and a few more."""
    log = Log()
    first, last, late = "2026-10-01", "2026-10-31", "2026-11-02"
    define_small_book(log, first)
    money = leg("world:opening", "bank:main", 50_000, "CNY", "fund:operating")
    log.add(
        "balance.opened",
        first,
        legs=[money, leg("issued", of(ANA), 100)],
        public={"list": LIST_HASH},
        sealed=True,
    )
    log.add(
        "issue", first, legs=[leg("issued", of(BO), 40)], public={"policy": 9}, sealed=True,
        by="staff:treasurer:1",
    )  # fmt: skip
    log.add("transfer", last, legs=paid_by_ana(), sealed=True, by="member", day="2026-10-30")
    log.add(
        "hold",
        last,
        legs=[leg(of(ANA), of(ANA, "members:held"), 20)],
        public={"expires": "2026-11-30"},
        sealed=True,
    )
    held = log.entries[13]["legs"][0]
    log.add("settle", late, legs=[leg(held["to"], of(BO), 15)], public={"hold": 13}, sealed=True)
    log.add(
        "reversal",
        late,
        legs=turned_round(log.entries[14]["legs"]),
        public={"reverses": 14},
        sealed=True,
    )
    log.add("release", late, legs=turned_round([held]), public={"hold": 13}, sealed=True)
    log.add("close", late, public=close(log, last))
    log.add(
        "transfer",
        late,
        legs=[leg("groups:chess", of(ANA), 12)],
        public={"belongs": "2026-10-30"},
        sealed=True,
    )
    log.add("reclaim", late, legs=[leg(of(BO), "issued", 65)], sealed=True)
    log.add("transfer", late, legs=[leg(of(ANA), "groups:chess", 2)], sealed=True)
    log.add("account.closed", late, public={"account": "groups:chess"})
    log.add("holder.left", late, public={"enrolled": CARRIER})
    log.add("key.rotated", late, public={"vkey": NEXT_VKEY})
    return log


def define_small_book(log: Log, day: str) -> None:
    """The entries of the small book that move nothing: what there is, who there is, and policy."""
    settings = [
        {"commodity": "POINT", "setting": "credit_limit", "value": 5},
        {"setting": "hold_days", "value": 30},
    ]
    log.add("book.opened", day, public=GENESIS)
    log.add("commodity.defined", day, public=points())
    log.add("commodity.defined", day, public={"commodity": "CNY", "kind": "money", "scale": 2})
    log.add("lot.registered", day, public={"commodity": "CNY", "lot": "fund:operating"})
    log.add("account.opened", day, public={"account": "bank:main", "type": "holding"})
    log.add("account.opened", day, public=chess(limits=limit(20)))
    ana = enrolled("member", KEY, limits=limit(10))
    log.add("holder.enrolled", day, public=ana, sealed=True)
    log.add("holder.enrolled", day, public=enrolled("member", OTHER_KEY), sealed=True)
    log.add("holder.enrolled", day, public=enrolled("carrier", CARRIER_KEY), sealed=True)
    log.add("policy.set", day, public={"in_force": day, "settings": settings})


def points() -> Vector:
    return {"commodity": "POINT", "kind": "points", "scale": 0, "title": "积分"}


def chess(**facts: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"account": "groups:chess", "title": "棋社", "type": "holding", **facts}


def paid_by_ana() -> list[Leg]:
    """Two legs: 30 to bo, 10 from the club to ana."""
    return [leg(of(ANA), of(BO), 30), leg(of(ANA), "groups:chess", 10)]


# --- trial balances -----------------------------------------------------------------------------


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


def close(log: Log, until: str) -> Vector:
    rows = rows_until(log, until)
    inside = [row for row in rows if CHART.get(row["account"]) != "boundary"]
    sums: dict[tuple[str, str], int] = {}
    for row in inside:
        key = row["commodity"], row["lot"]
        sums[key] = sums.get(key, 0) + row["debits"] - row["credits"]
    totals = [
        {"amount": amount, "commodity": commodity, **({"lot": lot} if lot else {})}
        for (commodity, lot), amount in sorted(sums.items())
    ]
    return {"totals": totals, "trial_balance": digest_of(trial_lines(rows)), "until": until}


def trial_balances() -> Vector:
    log = small_book()
    rows = rows_until(log, "2026-10-31")
    lines = trial_lines(rows)
    valid: list[Vector] = [
        {"rows": shown, "lines": trial_lines(shown), "digest": digest_of(trial_lines(shown))}
        for shown in (rows, rows_until(log, "2026-11-02"), [])
    ]
    wrong = {
        "in reverse order": "".join(reversed(lines.splitlines(keepends=True))),
        "without the line break at the end": lines.rstrip("\n"),
        "with one line break more": lines + "\n",
        "with carriage returns": lines.replace("\n", "\r\n"),
        "with spaces": lines.replace(",", ", "),
        "with an empty lot": trial_lines(rows).replace("0}\n", '0,"lot":""}\n'),
        "with the account last": lines.replace('{"account":"issued",', "{").replace(
            '"debits":0}', '"debits":0,"account":"issued"}'
        ),
        "without a row": lines.split("\n", 1)[1],
        "as a JSON array": canonical(rows),
        "debits and credits exchanged": trial_lines(
            [{**row, "debits": row["credits"], "credits": row["debits"]} for row in rows]
        ),
    }
    return {
        "valid": valid,
        "invalid": [
            {"about": about, "rows": rows, "lines": spoiled, "digest": digest_of(spoiled)}
            for about, spoiled in wrong.items()
        ],
    }


# --- the small book and what must not stand in its place ------------------------------------------


def book() -> Vector:
    log = small_book()
    return document_of(log, KEYS, {ANA: 70, BO: 5}, forgeries(log))


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


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood, and by what."""
    return [*forged_fields(log), *forged_facts(log), *forged_legs(log), *forged_amounts(log)]


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


def forged_fields(log: Log) -> list[Forgery]:
    other_prev = base64(log.leaf(10))
    return [
        instead(log, "of another book", 12, book=ORIGIN + "-2"),
        instead(log, "the seq of the entry before", 12, seq=11),
        instead(log, "the seq of the entry after", 12, seq=13),
        instead(log, "prev of the entry before", 12, prev=other_prev),
        instead(log, "a kind that nobody knows", 12, "cannot check", kind="gift"),
        instead(log, "posted before the entry ahead of it", 14, posted="2026-10-30"),
        instead(log, "a day after it was posted", 12, day="2026-11-01"),
        instead(log, "a day in a closed period", 20, day="2026-10-31"),
        instead(log, "issued by a member", 11, by=["member"]),
        instead(log, "closed by a coordinator", 17, by=["staff:coordinator:2"]),
        instead(log, "without its seal", 12, seals=[]),
        instead(log, "with a seal too many", 1, seals=[base64(log.seal(1))]),
        instead(log, "a book that is opened again", 12, **fields_of(log, 0)),
    ]


def fields_of(log: Log, seq: int) -> Vector:
    """Kind, facts, legs and seals of another entry."""
    return {name: log.entries[seq][name] for name in ("kind", "public", "legs", "seals", "by")}


def forged_facts(log: Log) -> list[Forgery]:
    rice = {"commodity": "POINT", "lot": "b-17"}
    return [
        with_public(log, "a fact that its kind does not have", 12, note="x"),
        with_public(log, "without a fact that its kind has", 10, list=None),
        with_public(log, "a verifier key of another name", 23, vkey=vkey(ORIGIN + "-2", KEY)),
        with_public(log, "a verifier key that was there before", 23, vkey=GENESIS["vkey"]),
        with_public(log, "a commodity that is defined already", 2, **points()),
        with_public(log, "an account that is open already", 5, account="bank:main"),
        with_public(log, "an account of a family that nobody knows", 5, "cannot check",
                    account="tools:shed"),
        with_public(log, "a boundary account opened as a holding", 5, account="world:more"),
        with_public(log, "a lot of points", 3, **rice),
        with_public(log, "a viewing key that is enrolled already", 7, **enrolled("member", KEY)),
        with_public(log, "a carrier with credit", 8, limits=limit(1)),
        with_public(log, "a setting that nobody knows", 9, "cannot check",
                    settings=[{"setting": "daily_cap", "value": 1}]),
        with_public(log, "policy from before it was decided", 9, in_force="2026-09-30"),
        with_public(log, "a policy cited that is none", 11, policy=8),
        with_public(log, "a late item of an open day", 18, belongs="2026-11-01"),
        with_public(log, "a period that is not over", 17, until="2026-11-02"),
        with_public(log, "another trial balance", 17, trial_balance=LIST_HASH),
        with_public(log, "other totals", 17, totals=[{"amount": 140, "commodity": "POINT"}]),
        with_public(log, "a hold that is none", 16, hold=12),
        with_public(log, "a hold that is still to come", 16, hold=17),
        with_public(log, "an account that still holds something closed", 21, account="bank:main"),
        with_public(log, "a member who left with something", 22, "keyed", enrolled=ANA),
        with_public(log, "a member who was never enrolled", 22, enrolled=9),
        instead(log, "the same entry reversed again", 16, **fields_of(log, 15)),
        instead(log, "a reversal reversed", 16, kind="reversal", public={"reverses": 15},
                legs=turned_round(log.entries[15]["legs"])),
        instead(log, "a definition reversed", 16, kind="reversal", public={"reverses": 9}),
    ]  # fmt: skip


def forged_legs(log: Log) -> list[Forgery]:
    of_bo = log.placed(leg(of(BO), of(BO, "members:held"), 20), 13, 0, "2026-10-31")
    in_october = log.placed(leg(of(BO), "issued", 65), 19, 0, "2026-10-31")
    return [
        instead(log, "no legs", 12, legs=[]),
        with_legs(log, "to an account that was never opened", 12,
                  change=lambda leg: {**leg, "to": "groups:go"}),
        with_legs(log, "from a boundary", 12, change=lambda leg: {**leg, "from": "issued"}),
        with_legs(log, "points from the world", 10,
                  change=lambda leg: {**leg, "from": "world:opening"}),
        with_legs(log, "a public account with a reference", 12,
                  change=lambda leg: {**leg, "to": "groups:chess" + leg["from"][7:]}),
        with_legs(log, "a control account without one", 12,
                  change=lambda leg: {**leg, "from": "members"}),
        with_legs(log, "points with a lot", 12,
                  change=lambda leg: {**leg, "lot": "fund:operating"}),
        with_legs(log, "a commodity that was never defined", 12,
                  change=lambda leg: {**leg, "commodity": "HOUR"}),
        instead(log, "money without a fund", 10,
                legs=[leg("world:opening", "bank:main", 1, "CNY")]),
        instead(log, "money in a fund that was never opened", 10,
                legs=[leg("world:opening", "bank:main", 1, "CNY", "fund:other")]),
        instead(log, "money issued", 10,
                legs=[leg("issued", "bank:main", 1, "CNY", "fund:operating")]),
        instead(log, "a hold of two legs", 13, legs=log.entries[13]["legs"] * 2),
        instead(log, "held for somebody else", 13, "keyed",
                legs=[{**log.entries[13]["legs"][0], "to": of_bo["to"]}]),
        instead(log, "held under the reference of the other side", 13, "keyed",
                legs=[{**leg_, "to": leg_["to"].split("#")[0] + "#" + leg_["from"].split("#")[1]}
                      for leg_ in log.entries[13]["legs"]]),
        instead(log, "a reference made with the key of another month", 19, "keyed",
                legs=[in_october]),
        instead(log, "a reference repeated from an earlier entry", 19, "keyed",
                legs=[{**log.entries[19]["legs"][0], "from": log.entries[11]["legs"][0]["to"]}]),
        with_legs(log, "settled from something else", 14,
                  change=lambda leg: {**leg, "from": of_bo["to"]}),
        with_legs(log, "released to somebody else", 16,
                  change=lambda leg: {**leg, "to": of_bo["from"]}),
        with_legs(log, "a reversal to somebody else", 15,
                  change=lambda leg: {**leg, "to": of_bo["to"]}),
        instead(log, "a reversal with the legs as they were", 15, legs=log.entries[14]["legs"]),
        instead(log, "to an account that is closed", 22, **fields_of(log, 18)),
    ]  # fmt: skip


def amount(value: int) -> Callable[[Leg], Leg]:
    return lambda leg: {**leg, "amount": value}


def forged_amounts(log: Log) -> list[Forgery]:
    return [
        with_legs(log, "more reversed than there was", 15, change=amount(16)),
        with_legs(log, "less reversed than there was", 15, change=amount(14)),
        instead(log, "settled before it was held", 14, day="2026-10-30"),
        instead(log, "released before it was held", 16, day="2026-10-30"),
        with_legs(log, "more settled than was held", 14, change=amount(21)),
        with_legs(log, "more released than is left", 16, change=amount(21)),
        with_legs(log, "a group below its floor", 18, change=amount(31)),
        with_legs(log, "all members below their floors", 19, change=amount(158)),
        with_legs(log, "one member below their floor", 19, "keyed", change=amount(76)),
        with_legs(log, "sums beyond the greatest integer", 11, change=amount(GREATEST)),
    ]


# --- entries ------------------------------------------------------------------------------------


PLAIN: Vector = {
    "v": 1,
    "book": ORIGIN,
    "seq": 1,
    "prev": base64(hash_of(b"")),
    "kind": "x",
    "day": "2026-11-22",
    "posted": "2026-11-22",
    "by": ["system"],
    "legs": [],
    "public": {},
    "seals": [],
}
REFERENCE = "members#" + "x3k" + "A" * 39 + "0"
ONE_LEG: Leg = {"amount": 1, "commodity": "POINT", "from": "issued", "to": REFERENCE}


def entry_vector(about: str, **fields: Any) -> Vector:  # noqa: ANN401 - any field
    data = canonical({**PLAIN, **fields}).encode()
    return {"about": about, "bytes": data.hex(), "leaf": leaf_hash(data).hex()}


def valid_entries() -> list[Vector]:
    nested = {"a": [{"b": [{"c": [{"d": 1}]}]}]}
    return [
        entry_vector("nothing but what must be"),
        entry_vector("one leg", legs=[ONE_LEG]),
        entry_vector("a leg with a lot", legs=[{**ONE_LEG, "commodity": "RICE-5KG", "lot": "b-1"}]),
        entry_vector("the greatest amount and seq", seq=GREATEST, legs=[amount(GREATEST)(ONE_LEG)]),
        entry_vector("64 legs", legs=[amount(number)(ONE_LEG) for number in range(1, 65)]),
        entry_vector("64 seals", seals=[PLAIN["prev"]] * 64),
        entry_vector("four capacities", by=["app:a", "member", "staff:treasurer:1", "system"]),
        entry_vector("facts of eight levels", public=nested),
        entry_vector("text beyond ASCII", public={"title": '翠竹园 «été» 𝄞 /\\"'}),
        entry_vector("facts of every sort", public={"a": [], "b": {}, "c": True, "d": -GREATEST}),
        entry_vector("a day long before it was posted", day="0001-01-01", posted="9999-12-31"),
    ]


def entries() -> Vector:
    return {"valid": valid_entries(), "invalid": [*invalid_bytes(), *invalid_fields()]}


def invalid_bytes() -> list[Vector]:
    """Not the one way to write a value."""
    text = canonical({**PLAIN, "legs": [ONE_LEG], "public": {"title": "A/é"}})
    spoiled: dict[str, str | bytes] = {
        "nothing": "",
        "an array": "[]",
        "an empty object": "{}",
        "null": "null",
        "cut short": text[:-1],
        "two objects": text + text,
        "a line break at the end": text + "\n",
        "a space at the beginning": " " + text,
        "a byte order mark": "\ufeff" + text,
        "a space after a colon": text.replace('"v":1', '"v": 1'),
        "keys in another order": '{"v":1,' + text[1:].replace(',"v":1}', "}"),
        "keys of a leg in another order": text.replace(
            '"amount":1,"commodity":"POINT"', '"commodity":"POINT","amount":1'
        ),
        "a key twice": text.replace('"v":1', '"v":1,"v":1'),
        "a fact twice": text.replace('"title"', '"title":"A","title"'),
        "an escape where none is needed": text.replace("A/é", "\\u0041/é"),
        "an escaped slash": text.replace("A/é", "A\\/é"),
        "ASCII by escapes": text.replace("é", "\\u00e9"),
        "a lone surrogate": text.replace("é", "\\ud800"),
        "a null character": text.replace("é", "\\u0000"),
        "a tab": text.replace("é", "\\t"),
        "a control character of ISO 8859-1": text.replace("é", "\u0085"),
        "not in normal form C": text.replace("é", "e\u0301"),
        "not UTF-8": text.encode().replace("é".encode(), b"\xe9"),
        "UTF-8 longer than need be": text.encode().replace("é".encode(), b"\xc1\x81"),
        "a surrogate in UTF-8": text.encode().replace("é".encode(), b"\xed\xa0\x80"),
        "UTF-16": text.encode("utf-16-be"),
        "single quotes": text.replace('"', "'"),
        "a comment": text.replace('"v":1', '"v":1/**/'),
        "a comma at the end": text.replace('"v":1', '"v":1,'),
        "amount with a decimal": text.replace('"amount":1', '"amount":1.0'),
        "amount with an exponent": text.replace('"amount":1', '"amount":1e0'),
        "amount with a plus": text.replace('"amount":1', '"amount":+1'),
        "amount with a zero ahead": text.replace('"amount":1', '"amount":01'),
        "seq minus zero": text.replace('"seq":1', '"seq":-0'),
        "2,000 levels": text.replace('"A/é"', "[" * 2_000 + "]" * 2_000),
    }
    return [
        {"about": about, "bytes": (data.encode() if isinstance(data, str) else data).hex()}
        for about, data in spoiled.items()
    ]


def invalid_fields() -> list[Vector]:
    """Canonical JSON, but no entry."""
    changes = [
        *spoiling_fields(),
        *(("no " + name, {name: None}) for name in PLAIN),
        *((about, {"legs": [{**ONE_LEG, **change}]}) for about, change in spoiling_legs()),
        *(
            (f"no {name} in a leg", {"legs": [{n: v for n, v in ONE_LEG.items() if n != name}]})
            for name in ONE_LEG
        ),
    ]
    return [
        {"about": about, "bytes": canonical(spoilt(change)).encode().hex()}
        for about, change in changes
    ]


def spoiling_fields() -> list[tuple[str, Vector]]:
    """What no field of an entry may say."""
    short = base64(bytes(31))
    return [
        ("a key more", {"note": 1}),
        ("v 2", {"v": 2}),
        ("v 0", {"v": 0}),
        ("v as text", {"v": "1"}),
        ("v true", {"v": True}),
        ("a book with a scheme", {"book": "https://" + ORIGIN}),
        ("a book in upper case", {"book": ORIGIN.upper()}),
        ("a seq below zero", {"seq": -1}),
        ("a seq of 2^53", {"seq": 2**53}),
        ("a seq of 2^64", {"seq": 2**64}),
        ("a seq as text", {"seq": "1"}),
        ("a prev of 31 bytes", {"prev": short}),
        ("a prev without padding", {"prev": PLAIN["prev"].rstrip("=")}),
        ("a prev in base64url", {"prev": base64(b"\xff" * 32).replace("/", "_")}),
        ("a prev with a bit that carries nothing", {"prev": "A" * 42 + "B="}),
        ("a prev in hexadecimal", {"prev": hash_of(b"").hex()}),
        ("an empty kind", {"kind": ""}),
        ("a kind in upper case", {"kind": "Transfer"}),
        ("a kind with a digit", {"kind": "transfer2"}),
        ("a day that is not on the calendar", {"day": "2026-02-29"}),
        ("a day in another form", {"day": "20261122"}),
        ("a day with a time", {"day": "2026-11-22T00:00"}),
        ("a posted that is no day", {"posted": "today"}),
        ("no capacity", {"by": []}),
        ("five capacities", {"by": [f"app:{name}" for name in "abcde"]}),
        ("a capacity twice", {"by": ["member", "member"]}),
        ("a capacity that is none", {"by": ["treasurer"]}),
        ("a capacity that is not in a list", {"by": "system"}),
        ("legs as an object", {"legs": {}}),
        ("65 legs", {"legs": [amount(number)(ONE_LEG) for number in range(1, 66)]}),
        ("facts as a list", {"public": []}),
        ("a fact in upper case", {"public": {"Title": 1}}),
        ("a fact with a hyphen", {"public": {"a-b": 1}}),
        ("a fact with an empty key", {"public": {"": 1}}),
        ("a fact with a key beyond ASCII", {"public": {"é": 1}}),
        ("a fact of null", {"public": {"a": None}}),
        ("a fact with a fraction", {"public": {"a": 0.5}}),
        ("a fact of 2^53", {"public": {"a": 2**53}}),
        ("a fact of -2^53", {"public": {"a": -(2**53)}}),
        ("facts of nine levels", {"public": {"a": [[[[[[[]]]]]]]}}),
        ("a seal of 31 bytes", {"seals": [short]}),
        ("a seal that is empty", {"seals": [""]}),
        ("65 seals", {"seals": [PLAIN["prev"]] * 65}),
        ("over 16,384 bytes", {"public": {"a": "x" * 16_384}}),
    ]


def spoiling_legs() -> list[tuple[str, Leg]]:
    """What no field of a leg may say."""
    return [
        ("an amount of zero", {"amount": 0}),
        ("an amount below zero", {"amount": -1}),
        ("an amount of 2^53", {"amount": 2**53}),
        ("an amount with a fraction", {"amount": 1.5}),
        ("an amount as text", {"amount": "1"}),
        ("an amount true", {"amount": True}),
        ("a commodity in lower case", {"commodity": "point"}),
        ("an empty commodity", {"commodity": ""}),
        ("an empty lot", {"lot": ""}),
        ("a lot in upper case", {"lot": "B-1"}),
        ("a key of a leg more", {"memo": "x"}),
        ("from and to the same", {"from": REFERENCE}),
        ("an account in upper case", {"from": "Issued"}),
        ("an account with a space", {"from": "issued "}),
        ("an empty account", {"from": ""}),
        ("a reference of 42 characters", {"to": REFERENCE[:-1]}),
        ("a reference of 44 characters", {"to": REFERENCE + "A"}),
        ("a reference with padding", {"to": REFERENCE + "="}),
        ("a reference with a bit that carries nothing", {"to": REFERENCE[:-1] + "B"}),
        ("an empty reference", {"to": "members#"}),
        ("a reference of nobody", {"to": REFERENCE.replace("members", "")}),
        ("two references", {"to": REFERENCE + "#" + REFERENCE[8:]}),
    ]


def spoilt(change: Vector) -> Vector:
    """The plain entry with a change; a key of None is left out."""
    return {name: value for name, value in {**PLAIN, **change}.items() if value is not None}


def documents() -> dict[str, Vector]:
    """All generated vectors by the name of their file."""
    return {"entries": entries(), "book": book(), "trial_balance": trial_balances()}


if __name__ == "__main__":
    write_files(documents())
