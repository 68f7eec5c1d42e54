"""Make the vectors of a small book.

Like ``hashes``, this imports nothing of timebank: it writes entries by the definitions in
docs/FORMAT.md alone. ``python -m tests.vectors.generate_books`` writes the file, and a test
compares it. An ``invalid`` vector says in ``about`` what is wrong with it.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import Forgery, amount, document_of, instead, with_legs, with_public
from tests.vectors.hashes import KEY, ORIGIN, OTHER_KEY, Vector, vkey
from tests.vectors.logs import (
    ANA,
    BO,
    CARRIER,
    CARRIER_KEY,
    GREATEST,
    KEYS,
    LIST_HASH,
    Leg,
    Log,
    base64,
    digest_of,
    enrolled,
    genesis,
    leg,
    of,
    rows_until,
    trial_lines,
    turned_round,
)

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


# --- the small book and what must not stand in its place ------------------------------------------


def book() -> Vector:
    log = small_book()
    return document_of(log, KEYS, {ANA: 70, BO: 5}, forgeries(log))


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood, and by what."""
    return [*forged_fields(log), *forged_facts(log), *forged_legs(log), *forged_amounts(log)]


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


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"book": book()}


if __name__ == "__main__":
    write_files(documents())
