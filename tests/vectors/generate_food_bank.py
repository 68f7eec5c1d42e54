"""Make the vectors of a small food bank: intakes, moves, delivery rounds, spoilage, counts.

Like ``hashes``, this imports nothing of timebank. ``python -m
tests.vectors.generate_food_bank`` writes the file, and a test compares it.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import Forgery, document_of, instead, with_public
from tests.vectors.generate_time_bank import sealed, setting, with_legs
from tests.vectors.hashes import KEY, OTHER_KEY, Vector
from tests.vectors.logs import CARRIER_KEY, Leg, Log, enrolled, genesis, leg, of, turned_round

VAN, CART, ANA = 6, 7, 8
KEYS = {VAN: KEY, CART: OTHER_KEY, ANA: CARRIER_KEY}
CHART = {
    "members": "control",
    "transit": "control",
    "world:donors": "boundary",
    "world:grantors": "boundary",
    "world:consumed": "boundary",
    "world:lost": "boundary",
    "world:rejected": "boundary",
    "world:spoiled": "boundary",
    "world:variance": "boundary",
}
GENESIS = genesis(CHART, "翠竹园义仓")
FIRST, OUT, LATER = "2026-10-01", "2026-10-03", "2026-10-06"
SHELF, QUARANTINE = "stock:yicang", "stock:yicang:quarantine"
DEPOT, DEPOT_QUARANTINE = "stock:depot", "stock:depot:quarantine"
DONORS, CONSUMED, LOST = "world:donors", "world:consumed", "world:lost"
REJECTED, SPOILED, VARIANCE = "world:rejected", "world:spoiled", "world:variance"
RICE, SOON, LATE, PRIZES, GRANTED = "RICE-5KG", "soon", "late", "prizes", "granted"
KEEPER = ["staff:storekeeper:1"]
TWO = ["staff:storekeeper:1", "staff:verifier:2"]
ONE_TWICE = ["staff:verifier:1", "staff:storekeeper:1"]


def rice(from_: Any, to: Any, amount: int, lot: str = LATE) -> Leg:  # noqa: ANN401 - a place
    return leg(from_, to, amount, RICE, lot)


def van(holder: int = VAN) -> tuple[str, int]:
    return of(holder, "transit")


def lot_of_rice(lot: str, **more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"commodity": RICE, "lot": lot, "source": "donated", **more}


def small_food_bank() -> Log:
    """One entry at least of every kind of the food bank."""
    log = Log()
    log.add("book.opened", FIRST, public=GENESIS)
    log.add("commodity.defined", FIRST, public={"commodity": RICE, "kind": "goods", "scale": 0})
    for account in (SHELF, QUARANTINE, DEPOT, DEPOT_QUARANTINE):
        log.add("account.opened", FIRST, public={"account": account, "type": "holding"})
    for holder, key in (("carrier", KEY), ("carrier", OTHER_KEY), ("member", CARRIER_KEY)):
        log.add("holder.enrolled", FIRST, public=enrolled(holder, key), sealed=True)
    for lot in (
        lot_of_rice(SOON, expires="2026-10-05"),
        lot_of_rice(LATE, expires="2026-12-31"),
        lot_of_rice(PRIZES, expires="2026-10-20", uses=["reward"]),
        lot_of_rice(GRANTED, source="granted"),
    ):
        log.add("lot.registered", FIRST, public=lot)
    six = [setting("households_min", 6)]
    log.add("policy.set", FIRST, public={"in_force": FIRST, "settings": six})
    sealed(log, "intake", FIRST, KEEPER, legs=given())
    sealed(log, "inspection", FIRST, KEEPER, legs=inspected(), public={"received": 14})
    sealed(log, "move", FIRST, KEEPER, legs=[rice(SHELF, van(), 6)])
    (moved,) = log.entries[16]["legs"]
    arrived = [{**moved, "from": moved["to"], "to": DEPOT, "amount": 5}]
    arrived.append({**arrived[0], "to": LOST, "amount": 1})
    sealed(log, "arrival", FIRST, KEEPER, legs=arrived, public={"move": 16})
    out = [rice(SHELF, van(), 10, SOON), rice(SHELF, van(), 4)]
    sealed(log, "round.out", OUT, KEEPER, legs=out, public={"households": 6})
    ended = {"absent": 0, "refused": 1, "round": 18}
    sealed(log, "round.back", OUT, KEEPER, legs=returned(log), public=ended)
    spoiled = {"legs": [rice(SHELF, SPOILED, 1)], "public": {"reason": "damaged"}}
    sealed(log, "spoilage", LATER, TWO, **spoiled)
    sealed(log, "count", LATER, TWO, legs=[rice(SHELF, VARIANCE, 1)], public={"against": 20})
    back = [rice(QUARANTINE, SHELF, 2)]
    sealed(log, "inspection", LATER, KEEPER, legs=back, public={"received": 19})
    recalled = {"legs": [rice(SHELF, SPOILED, 1, PRIZES)], "public": {"reason": "recalled"}}
    sealed(log, "spoilage", LATER, TWO, **recalled)
    undone = {"legs": turned_round(log.entries[23]["legs"]), "public": {"reverses": 23}}
    sealed(log, "reversal", LATER, ["system"], **undone)
    sealed(log, "intake", LATER, KEEPER, legs=[rice(DONORS, QUARANTINE, 3)])
    missing = {"against": 25, "received": 25}
    sealed(log, "count", LATER, TWO, legs=[rice(QUARANTINE, VARIANCE, 1)], public=missing)
    rest = [rice(QUARANTINE, SHELF, 2)]
    sealed(log, "inspection", LATER, KEEPER, legs=rest, public={"received": 25})
    last = {"legs": [rice(SHELF, van(CART), 3)], "public": {"households": 6}}
    sealed(log, "round.out", LATER, KEEPER, **last)
    return log


def given() -> list[Leg]:
    return [
        rice(DONORS, QUARANTINE, amount, lot)
        for lot, amount in ((SOON, 10), (LATE, 20), (PRIZES, 5))
    ]


def inspected(late: int = 18, rejected: int = 2, to: str = SHELF) -> list[Leg]:
    return [
        rice(QUARANTINE, SHELF, 10, SOON),
        rice(QUARANTINE, to, late),
        rice(QUARANTINE, REJECTED, rejected),
        rice(QUARANTINE, SHELF, 5, PRIZES),
    ]


def returned(log: Log, late: int = 2, back: str = QUARANTINE) -> list[Leg]:
    """All of one lot handed over, and of the other ``late`` of four."""
    soon, rest = (sent["to"] for sent in log.entries[18]["legs"])
    return [
        rice(soon, CONSUMED, 10, SOON),
        rice(rest, CONSUMED, late),
        rice(rest, back, 2),
    ]


# --- the food bank and what must not stand in its place -------------------------------------------


def food_bank() -> Vector:
    log = small_food_bank()
    return document_of(log, KEYS, {VAN: 0, CART: 3}, forgeries(log))


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood, and by what."""
    return [*of_intakes(log), *of_moves(log), *of_rounds(log), *of_losses(log), *of_counts(log)]


def of_intakes(log: Log) -> list[Forgery]:
    again = {"kind": "inspection", "by": KEEPER, "public": {"received": 14}}
    return [
        with_legs(log, "a grant taken in as a gift", 14, [rice(DONORS, QUARANTINE, 1, GRANTED)]),
        with_legs(log, "put on the shelf at once", 14, [rice(DONORS, SHELF, 1)]),
        with_legs(log, "a lot in two legs", 14, given() + given()[:1]),
        with_legs(log, "a lot that is not there", 14, [rice(DONORS, QUARANTINE, 1, "other")]),
        instead(log, "taken in by a coordinator", 14, by=["staff:coordinator:1"]),
        with_public(log, "an intake that names its donor", 14, donor="李"),
        with_legs(log, "more accepted than was received", 15, inspected(19)),
        with_legs(log, "less accepted than was received", 15, inspected(17)),
        with_legs(log, "a lot that nobody looked at", 15, inspected()[:3]),
        with_legs(log, "accepted at another place", 15, inspected(to=DEPOT)),
        with_public(log, "an inspection of nothing", 15, received=13),
        with_legs(log, "inspected twice", 16, inspected(), **again),
        instead(log, "accepted after its last day", 15, day=LATER, posted=LATER),
        with_legs(log, "accepted though it was not found", 27, [rice(QUARANTINE, SHELF, 3)]),
    ]


def of_moves(log: Log) -> list[Forgery]:
    moved = {"kind": "move", "public": {}}
    to_depot = {"kind": "arrival", "public": {"move": 18}}
    arrived = log.entries[17]["legs"]
    other = log.placed(rice(van(CART), DEPOT, 6), 17, 0, FIRST)
    return [
        with_legs(log, "moved from quarantine", 16, [rice(QUARANTINE, van(), 1)]),
        with_legs(log, "moved without a carrier", 16, [rice(SHELF, DEPOT, 1)]),
        with_legs(log, "moved with a member", 16, [rice(SHELF, of(ANA, "transit"), 6)], "keyed"),
        with_legs(log, "more moved than is there", 16, [rice(SHELF, van(), 19)]),
        with_legs(log, "moved after its last day", 28, [rice(SHELF, van(), 1, SOON)], **moved),
        with_legs(log, "moved after its recall", 24, [rice(SHELF, van(), 1, PRIZES)], **moved),
        instead(log, "something left with the carrier", 17, legs=arrived[:1]),
        instead(log, "more arrived than left", 17, legs=[{**arrived[0], "amount": 7}]),
        instead(log, "brought by somebody else", 17, legs=[other]),
        instead(log, "a round that arrives", 19, legs=returned(log)[:2], **to_depot),
    ]


def of_rounds(log: Log) -> list[Forgery]:
    out = log.entries[18]["public"]
    ended = {"absent": 0, "refused": 6, "round": 18}
    return [
        with_public(log, "for fewer households than policy asks", 18, households=5),
        with_public(log, "for fewer than five households", 18, households=4),
        with_public(log, "a round that names a household", 18, household="3-201"),
        with_public(log, "a round for nobody", 18, households=None),
        with_legs(log, "a lot that expires later first", 18, [rice(SHELF, van(), 4)]),
        with_legs(log, "some of what expires first left", 18,
                  [rice(SHELF, van(), 9, SOON), rice(SHELF, van(), 4)]),
        with_legs(log, "a lot that is no aid", 18, [rice(SHELF, van(), 1, PRIZES)]),
        with_legs(log, "from quarantine to households", 18, [rice(QUARANTINE, van(), 1)]),
        with_legs(log, "handed over without a round", 18, [rice(SHELF, CONSUMED, 1)]),
        instead(log, "after its last day", 18, day=LATER, posted=LATER),
        with_legs(log, "as a move of aid", 18, [rice(SHELF, van(), 4)], kind="move", public=out),
        instead(log, "not all of it comes back", 19, legs=returned(log)[:2]),
        instead(log, "more comes back than left", 19, legs=returned(log, 3)),
        instead(log, "back to another place", 19, legs=returned(log, back=DEPOT_QUARANTINE)),
        instead(log, "back to the shelf at once", 19, legs=returned(log, back=SHELF)),
        with_public(log, "more refused than there were", 19, refused=7),
        with_public(log, "handed over though all refused", 19, **ended),
        instead(log, "all back though one refused", 19, legs=[
            {**one, "to": QUARANTINE} for one in returned(log)[:1]
        ] + [{**returned(log)[2], "amount": 4}]),
        with_public(log, "the end of no round", 19, round=16),
        instead(log, "a round that ends twice", 20, legs=returned(log), kind="round.back",
                by=KEEPER, public={"absent": 0, "refused": 1, "round": 18}),
    ]  # fmt: skip


def of_losses(log: Log) -> list[Forgery]:
    return [
        instead(log, "spoiled by one officer", 20, by=KEEPER),
        instead(log, "spoiled by one in two capacities", 20, by=ONE_TWICE),
        instead(log, "spoiled by none who keeps the store", 20, by=[*TWO[1:], "staff:buyer:3"]),
        with_public(log, "spoiled for no reason", 20, reason=None),
        with_public(log, "spoiled for another reason", 20, reason="lost"),
        with_public(log, "expired before its last day", 20, reason="expired"),
        with_legs(log, "more spoiled than is there", 20, [rice(SHELF, SPOILED, 9)]),
        with_legs(log, "spoiled in quarantine out of nothing", 20, [rice(QUARANTINE, SPOILED, 1)]),
        with_public(log, "spoiled on the shelf of what was received", 20, received=19),
    ]


def of_counts(log: Log) -> list[Forgery]:
    counted = log.entries[21]["legs"]
    found = {"legs": turned_round(log.entries[26]["legs"])}
    return [
        instead(log, "counted by one officer", 21, by=KEEPER),
        instead(log, "counted by the storekeeper alone", 21, by=ONE_TWICE),
        with_public(log, "counted against itself", 21, against=21),
        with_public(log, "counted before something moved", 21, against=19),
        with_public(log, "counted against nothing", 21, against=None),
        instead(log, "counted twice", 21, legs=counted * 2),
        with_legs(log, "less found than nothing", 21, [rice(SHELF, VARIANCE, 8)]),
        with_legs(log, "found on the way", 21, [rice(VARIANCE, van(), 1)]),
        with_public(log, "missing in quarantine of nothing", 26, received=None),
        with_public(log, "missing of what was looked at", 26, received=19),
        instead(log, "found of what was received", 26, **found),
    ]


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"food_bank": food_bank()}


if __name__ == "__main__":
    write_files(documents())
