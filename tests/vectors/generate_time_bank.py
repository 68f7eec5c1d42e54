"""Make the vectors of a small time bank: services, gifts, attendances, expiry, adjustment.

Like ``hashes``, this imports nothing of timebank. ``python -m
tests.vectors.generate_time_bank`` writes the file, and a test compares it.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import Forgery, document_of, instead, with_public
from tests.vectors.hashes import KEY, OTHER_KEY, Vector, hash_of
from tests.vectors.logs import (
    ANA,
    BO,
    CARRIER_KEY,
    KEYS,
    Leg,
    Log,
    base64,
    enrolled,
    genesis,
    leg,
    of,
    turned_round,
)

CY = 8
CHART = {
    "members": "control",
    "members:held": "control",
    "pool:donated": "holding",
    "issued": "boundary",
    "retired:expired": "holding",
    "retired:adjusted": "holding",
}
GENESIS = genesis(CHART)
FIRST, DECIDED, DEARER, LAST = "2026-10-01", "2026-10-15", "2026-10-20", "2026-11-15"
VERIFIED = ["staff:verifier:1", "staff:coordinator:2"]
TWO_STAFF = ["staff:treasurer:3", "staff:coordinator:2"]
POOL, EXPIRED, ADJUSTED = "pool:donated", "retired:expired", "retired:adjusted"
HELD = "members:held"


def setting(name: str, value: int, **for_what: str) -> Vector:
    return {"setting": name, "value": value, **for_what}


def tariff(value: int, category: str = "general", commodity: str = "POINT") -> Vector:
    return setting("tariff", value, category=category, commodity=commodity)


def task(name: str) -> str:
    return base64(hash_of(name.encode()))


def facts(name: str, *helpers: tuple[int, int], **more: Any) -> Vector:  # noqa: ANN401 - any fact
    """The facts of a service; each helper has minutes, and what was donated."""
    listed = [
        {"minutes": minutes, **({"donated": donated} if donated else {})}
        for minutes, donated in helpers
    ]
    return {"category": "general", "helpers": listed, "task": task(name), **more}


def sealed(log: Log, kind: str, posted: str, by: list[str], **fields: Any) -> Vector:  # noqa: ANN401 - any field
    entry = log.add(kind, posted, sealed=True, **fields)
    entry["by"] = by
    return entry


def small_time_bank() -> Log:
    """One entry at least of every kind of the time bank."""
    log = Log()
    log.add("book.opened", FIRST, public=GENESIS)
    log.add("commodity.defined", FIRST, public={"commodity": "POINT", "kind": "points", "scale": 0})
    log.add("commodity.defined", FIRST, public={"commodity": "HOUR", "kind": "time", "scale": 0})
    log.add("account.opened", FIRST, public={"account": "groups:chess", "type": "holding"})
    hours = tariff(60, commodity="HOUR")
    cap = setting("cap_daily", 10, commodity="POINT")
    settings = [tariff(6), tariff(10, "skilled"), hours, cap]
    log.add("policy.set", FIRST, public={"in_force": FIRST, "settings": settings})
    log.add("policy.set", FIRST, public={"in_force": DEARER, "settings": [tariff(8)]})
    for key in (KEY, OTHER_KEY, CARRIER_KEY):
        log.add("holder.enrolled", FIRST, public=enrolled("member", key), sealed=True)
    log.add("issue", FIRST, legs=[leg("issued", of(ANA), 100)], sealed=True)
    log.add("hold", FIRST, legs=[leg(of(ANA), of(ANA, HELD), 30)], sealed=True)
    held = log.entries[10]["legs"][0]["to"]
    paid = {"legs": [leg(held, of(BO), 6)], "public": facts("tap", (60, 0), hold=10)}
    sealed(log, "service", FIRST, VERIFIED, **paid)
    capped = [leg("issued", of(CY), 10), leg("issued", POOL, 2)]
    sealed(log, "service", FIRST, VERIFIED, legs=capped, public=facts("park", (120, 2)))
    sealed(log, "give", FIRST, ["member"], legs=[leg(of(ANA), POOL, 20)])
    sealed(log, "pool.granted", FIRST, TWO_STAFF, legs=[leg(POOL, of(BO), 5)])
    log.add("attendance", FIRST, public=fair(), by="app:kiosk")
    dearer = {"legs": [leg("issued", of(BO), 8)], "public": facts("roof", (60, 0))}
    sealed(log, "service", DEARER, VERIFIED, **dearer)
    expiry_days = [setting("expiry_days", 30, commodity="POINT")]
    aged = {"in_force": DECIDED, "settings": expiry_days}
    log.add("policy.set", DEARER, day=DECIDED, public=aged)
    adjusted = {"legs": [leg(of(ANA), ADJUSTED, 4)], "public": {"policy": 17}}
    sealed(log, "adjustment", DEARER, TWO_STAFF, **adjusted)
    undone = {"legs": turned_round(log.entries[11]["legs"]), "public": {"reverses": 11}}
    sealed(log, "reversal", DEARER, ["system"], **undone)
    sealed(log, "service", DEARER, VERIFIED, day=FIRST, **paid)
    expired = [
        leg(of(holder), EXPIRED, amount) for holder, amount in ((ANA, 46), (BO, 11), (CY, 10))
    ]
    sealed(log, "expiry", LAST, ["system"], legs=expired, public=expiry())
    return log


def fair(**more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {
        "category": "culture",
        "event": "fair",
        "group": "groups:chess",
        "headcount": 120,
        **more,
    }


def expiry(**more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"policy": 17, "until": "2026-10-10", **more}


# --- the time bank and what must not stand in its place -------------------------------------------


def time_bank() -> Vector:
    log = small_time_bank()
    return document_of(log, KEYS, {ANA: 0, BO: 8, CY: 0}, forgeries(log))


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood, and by what."""
    return [*of_tariffs(log), *of_people(log), *of_holds_and_tasks(log), *of_others(log)]


def with_amounts(
    log: Log, about: str, seq: int, amounts: list[int], found: str = "public"
) -> Forgery:
    """The entry ``seq`` with other amounts of its legs."""
    legs = log.entries[seq]["legs"]
    changed = [{**leg, "amount": amount} for leg, amount in zip(legs, amounts, strict=True)]
    return instead(log, about, seq, found, legs=changed)


def with_legs(
    log: Log,
    about: str,
    seq: int,
    legs: list[Leg],
    found: str = "public",
    /,
    **fields: Any,  # noqa: ANN401 - any field
) -> Forgery:
    """The entry ``seq`` with other legs, placed by the keys, and perhaps other facts."""
    posted = log.entries[seq]["posted"]
    placed = [log.placed(leg, seq, number, posted) for number, leg in enumerate(legs)]
    return instead(log, about, seq, found, legs=placed, **fields)


def of_tariffs(log: Log) -> list[Forgery]:
    kept_all = facts("park", (120, 0))
    given_most = facts("park", (120, 4))
    capped = [leg("issued", of(CY), 8), leg("issued", POOL, 4)]
    donated = [leg("issued", POOL, 9)]
    to_club = [leg("issued", "groups:chess", 8)]
    return [
        with_amounts(log, "credited more than the tariff says", 16, [9]),
        with_amounts(log, "credited less than the tariff says", 16, [7]),
        with_amounts(log, "credited by the tariff of before", 16, [6]),
        with_amounts(log, "credited by the tariff of after", 11, [8]),
        with_public(log, "other minutes", 16, helpers=[{"minutes": 120}]),
        with_public(log, "another category", 16, category="skilled"),
        with_public(log, "a category without a tariff", 16, category="night"),
        with_public(log, "no minutes", 16, helpers=[{"minutes": 0}]),
        with_public(log, "more minutes than a day has", 16, helpers=[{"minutes": 1441}]),
        with_public(log, "a helper without a leg", 16, helpers=[{"minutes": 60}, {"minutes": 60}]),
        with_legs(log, "donated more than was credited", 16, donated,
                  public=facts("roof", (60, 9))),
        with_legs(log, "credited to a club", 16, to_club),
        with_public(log, "a notice from before the service", 16, noticed="2026-10-19"),
        with_public(log, "a notice that is still to come", 16, noticed="2026-10-21"),
        with_legs(log, "more kept than the cap", 12, [leg("issued", of(CY), 12)], public=kept_all),
        with_legs(log, "more donated than what is over the cap", 12, capped, "keyed",
                  public=given_most),
    ]  # fmt: skip


def of_people(log: Log) -> list[Forgery]:
    held = log.entries[10]["legs"][0]["to"]
    twice = [leg("issued", of(BO), 8), leg("issued", of(BO), 8)]
    alone = ["staff:verifier:1", "staff:coordinator:1"]
    return [
        instead(log, "verified by whoever dispatched it", 16, by=alone),
        instead(log, "verified by nobody", 16, by=["staff:coordinator:2"]),
        instead(log, "dispatched by nobody", 16, by=["staff:verifier:1", "staff:treasurer:3"]),
        instead(log, "granted by one officer", 14, by=["staff:treasurer:3", "system"]),
        instead(log, "adjusted by one officer", 18, by=["staff:treasurer:3"]),
        instead(log, "adjusted without the treasurer", 18, by=VERIFIED),
        instead(log, "granted with the word of an auditor", 14, by=[*TWO_STAFF, "staff:auditor:9"]),
        instead(log, "counted by an auditor", 15, by=["staff:auditor:9"]),
        instead(log, "expired by a coordinator", 21, by=["staff:coordinator:2"]),
        with_legs(log, "paid for helping oneself", 11, [leg(held, of(ANA), 6)], "keyed"),
        with_legs(log, "helping twice at once", 16, twice, "keyed",
                  public=facts("roof", (60, 0), (60, 0))),
    ]  # fmt: skip


def of_holds_and_tasks(log: Log) -> list[Forgery]:
    return [
        with_public(log, "a task that was credited before", 16, task=task("park")),
        with_public(log, "a task by its name", 16, task="roof"),
        with_public(log, "without a task", 16, task=None),
        with_public(log, "paid from a hold that is not named", 11, hold=None),
        with_public(log, "a hold named that does not pay", 12, hold=10),
        with_public(log, "a hold that is none", 11, hold=9),
        instead(log, "a service undone before its day", 19, day="2026-09-30"),
        instead(log, "more paid than was held", 11, public=facts("tap", (600, 0), hold=10),
                legs=[{**log.entries[11]["legs"][0], "amount": 60}]),
    ]  # fmt: skip


def of_others(log: Log) -> list[Forgery]:
    twice = [leg(of(ANA), EXPIRED, 23), leg(of(ANA), EXPIRED, 23)]
    cap = setting("cap_daily", 12, commodity="POINT")
    return [
        with_legs(log, "given out of nothing", 13, [leg("issued", POOL, 20)]),
        with_legs(log, "given out of circulation", 13, [leg(of(ANA), ADJUSTED, 20)]),
        with_legs(log, "more granted than the pool has", 14, [leg(POOL, of(BO), 23)]),
        with_public(log, "a headcount of nobody", 15, headcount=0),
        with_public(log, "an attendance of a club that is not there", 15, group="groups:go"),
        instead(log, "an event counted twice", 16, kind="attendance", public=fair(), legs=[],
                seals=[], by=["app:kiosk"]),
        with_public(log, "a tariff changed for days gone by", 17, settings=[tariff(9)]),
        with_public(log, "a tariff changed for the day before", 17, in_force="2026-10-19",
                    settings=[tariff(9, "skilled")]),
        with_public(log, "a cap changed with what was never set", 17,
                    settings=[*log.entries[17]["public"]["settings"], cap]),
        with_public(log, "an adjustment by what is no policy", 18, policy=16),
        with_public(log, "an adjustment without a policy", 18, policy=None),
        with_public(log, "an expiry of what is too young", 21, until="2026-10-17"),
        with_public(log, "an expiry by another policy", 21, policy=4),
        with_public(log, "an expiry that does not say of what", 21, until=None),
        with_amounts(log, "more expired than is old", 21, [46, 12, 10], "keyed"),
        with_amounts(log, "less expired than is old", 21, [45, 11, 10], "keyed"),
        with_legs(log, "an account expired twice", 21, twice, "keyed"),
    ]  # fmt: skip


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"time_bank": time_bank()}


if __name__ == "__main__":
    write_files(documents())
