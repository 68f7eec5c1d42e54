"""Make the vectors of funds: given to, planned, spent, reported, given another purpose.

Like ``hashes``, this imports nothing of timebank. ``python -m
tests.vectors.generate_funds`` writes the file, and a test compares it. Nobody's own account is
touched, so the log alone shows all that is wrong.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import Forgery, book_vector, instead, net, with_public
from tests.vectors.generate_time_bank import sealed, with_legs
from tests.vectors.hashes import ORIGIN, Vector
from tests.vectors.logs import LIST_HASH, Log, canonical, genesis, leg, rows_until, turned_round

CHART = {
    "world:opening": "boundary",
    "world:donors": "boundary",
    "world:grantors": "boundary",
    "world:payees": "boundary",
    "world:reclassified": "boundary",
}
GENESIS = genesis(CHART)
FIRST, SPENT, LATE = "2026-10-01", "2026-10-11", "2026-11-02"
BANK, TILL, CLUB = "bank:main", "cash:till", "groups:chess"
FLOOD, WINTER, CITY, OPERATING, AGENCY = (
    "fund:flood", "fund:winter", "fund:city", "fund:operating", "fund:agency",
)  # fmt: skip
DONORS, GRANTORS, PAYEES = "world:donors", "world:grantors", "world:payees"
RECLASSIFIED = "world:reclassified"
TREASURER = ["staff:treasurer:3"]
THREE = ["staff:coordinator:1", "staff:verifier:2", "staff:treasurer:3"]
PLAN, SPEND, REPORT, PURPOSE, GOODS = 16, 18, 22, 24, 25


def cny(from_: str, to: str, amount: int, fund: str = FLOOD) -> Vector:
    return leg(from_, to, amount, "CNY", fund)


def fund(lot: str, **more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"commodity": "CNY", "lot": lot, "purpose": "互助", "source": "donated", **more}


def plan(**more: Any) -> Vector:  # noqa: ANN401 - any fact
    facts = {"amount": 600, "category": "food", "commodity": "CNY", "fund": FLOOD}
    return {**facts, "plan": LIST_HASH, "until": "2026-10-31", **more}


def spent(**more: Any) -> Vector:  # noqa: ANN401 - any fact
    return {"category": "food", "plan": PLAN, "related": "none", **more}


def changed(amount: int = 40, come: int = 40, to: str = WINTER) -> list[Vector]:
    return [cny(BANK, RECLASSIFIED, amount), cny(RECLASSIFIED, BANK, come, to)]


def small_funds() -> Log:
    """One entry at least of every kind of funds."""
    log = Log()
    log.add("book.opened", FIRST, public=GENESIS)
    log.add("commodity.defined", FIRST, public={"commodity": "CNY", "kind": "money", "scale": 2})
    log.add("commodity.defined", FIRST, public={"commodity": "RICE", "kind": "goods", "scale": 0})
    for account in (BANK, TILL, CLUB):
        log.add("account.opened", FIRST, public={"account": account, "type": "holding"})
    log.add("lot.registered", FIRST, public={"commodity": "CNY", "lot": AGENCY})
    flood = fund(FLOOD, categories=["food", "shelter"], ends="2026-12-31", wish="只用于受灾家庭")
    log.add("fund.opened", FIRST, public=flood)
    log.add("fund.opened", FIRST, public=fund(WINTER))
    log.add("fund.opened", FIRST, public=fund(CITY, source="granted", overheads="allowed"))
    log.add("fund.opened", FIRST, public=fund(OPERATING, source="earned"))
    given = {"legs": [cny(DONORS, BANK, 1_000)], "public": {"receipt": "r-1", "donor": "王秀英"}}
    sealed(log, "donation", FIRST, TREASURER, **given)
    granted = {"legs": [cny(GRANTORS, BANK, 500, CITY)], "public": {"receipt": "r-1"}}
    sealed(log, "grant", FIRST, TREASURER, **granted)
    opened = {"legs": [cny("world:opening", BANK, 50, OPERATING)], "public": {"list": LIST_HASH}}
    sealed(log, "balance.opened", FIRST, TREASURER, **opened)
    for account in (TILL, CLUB):
        sealed(log, "bank.moved", FIRST, TREASURER, legs=[cny(BANK, account, 300)])
    log.add("plan.filed", FIRST, public=plan(), by="staff:coordinator:1")
    fees = plan(fund=CITY, category="fees", amount=20)
    log.add("plan.filed", FIRST, public=fees, by="staff:coordinator:1")
    paid = [cny(BANK, PAYEES, 350), cny(CLUB, PAYEES, 250)]
    sealed(log, "spend", SPENT, THREE, legs=paid, public=spent())
    undone = {"legs": turned_round(log.entries[SPEND]["legs"]), "public": {"reverses": SPEND}}
    sealed(log, "reversal", SPENT, TREASURER, **undone)
    sealed(log, "spend", SPENT, THREE, legs=paid[:1], public=spent(related="declared"))
    sealed(log, "spend", SPENT, THREE, legs=[cny(TILL, PAYEES, 250)], public=spent())
    report = {"evidence": [LIST_HASH], "plan": PLAN, "result": "发放完毕"}
    for reported in (PLAN, PLAN + 1):
        facts = {**report, "plan": reported}
        log.add("report.filed", LATE, public=facts, by="staff:coordinator:1")
    purpose = {"basis": "consent", "document": LIST_HASH}
    sealed(log, "reclassification", LATE, THREE, legs=changed(), public=purpose)
    bought = {"fund": FLOOD, "source": "purchased", "uses": ["food"]}
    log.add("lot.registered", LATE, public={"commodity": "RICE", "lot": "rice-1", **bought})
    return log


# --- the funds and what must not stand in their place ---------------------------------------------


def funds() -> Vector:
    log = small_funds()
    return {
        "origin": ORIGIN,
        "valid": [book_vector(log, seq) for seq in range(len(log.entries))],
        "balances": [
            {**{name: row[name] for name in ("account", "commodity", "lot")}, "balance": net(row)}
            for row in rows_until(log, "9999-12-31")
        ],
        "invalid": [
            {"about": about, "seq": seq, "entry": canonical(entry)}
            for about, _, seq, entry in forgeries(log)
        ],
    }


def forgeries(log: Log) -> list[Forgery]:
    """Entries that must be found when they stand where a right one stood."""
    return [*of_funds(log), *of_gifts(log), *of_plans(log), *of_spends(log), *of_reports(log),
            *of_purposes(log), *of_goods(log)]  # fmt: skip


def of_funds(log: Log) -> list[Forgery]:
    return [
        with_public(log, "a fund without a purpose", 7, purpose=None),
        with_public(log, "a fund without a source", 7, source=None),
        with_public(log, "a fund of goods", 7, commodity="RICE"),
        with_public(log, "a fund that is called as goods are", 7, lot="flood"),
        with_public(log, "a fund that is there already", 8, lot=FLOOD),
        with_public(log, "the money of stalls as a fund", 8, lot="fund:agency"),
        with_public(log, "donations that pay overheads", 8, overheads="allowed"),
        with_public(log, "donations that pay wages", 10, source="donated"),
        with_public(log, "a fund that has ended", 7, ends="2026-09-30"),
        instead(log, "opened by a coordinator", 7, by=["staff:coordinator:1"]),
    ]


def of_gifts(log: Log) -> list[Forgery]:
    again = {"kind": "donation", "public": {"receipt": "r-1"}, "legs": [cny(DONORS, BANK, 1)]}
    return [
        with_legs(log, "a donation where overheads are paid", 11, [cny(DONORS, BANK, 1, CITY)]),
        with_legs(log, "a donation for the operating fund", 11, [cny(DONORS, BANK, 1, OPERATING)]),
        with_legs(log, "a grant into a fund of donations", 12, [cny(GRANTORS, BANK, 1, WINTER)]),
        with_legs(log, "a donation to a group", 11, [cny(DONORS, CLUB, 1)]),
        with_legs(log, "a donation in no fund", 11, [leg(DONORS, BANK, 1, "CNY")]),
        with_legs(log, "a donation to the stalls", 11, [cny(DONORS, BANK, 1, AGENCY)]),
        with_public(log, "a donation without a receipt", 11, receipt=None),
        instead(log, "a receipt given twice", 13, **again),
        instead(log, "a donation of nobody's office", 11, by=["app:till"]),
        with_legs(log, "more moved than there is", 14, [cny(BANK, TILL, 1_001)]),
        with_legs(log, "moved in another fund", 14, [cny(BANK, TILL, 1, WINTER)]),
        with_legs(log, "moved out of the book", 14, [cny(BANK, PAYEES, 1)]),
    ]


def of_plans(log: Log) -> list[Forgery]:
    return [
        with_public(log, "a plan of a fund that is not there", PLAN, fund="fund:other"),
        with_public(log, "a plan for the money of stalls", PLAN, fund=AGENCY),
        with_public(log, "a plan for what the fund is not for", PLAN, category="feast"),
        with_public(log, "a plan that outlives its fund", PLAN, until="2027-01-01"),
        with_public(log, "a plan that is over", PLAN, until="2026-09-30"),
        with_public(log, "a plan of nothing", PLAN, amount=0),
        with_public(log, "donations planned for fees", PLAN, fund=WINTER, category="fees"),
        with_public(log, "donations planned for wages", PLAN, fund=WINTER, category="wages"),
        with_public(log, "a grant planned for wages", 17, category="wages"),
        with_public(log, "a plan in clear", PLAN, plan="rice for forty families"),
        instead(log, "a plan of nobody's office", PLAN, by=["app:till"]),
    ]


def of_spends(log: Log) -> list[Forgery]:
    over = [cny(BANK, PAYEES, 351), cny(CLUB, PAYEES, 250)]
    other = [cny(BANK, PAYEES, 10, CITY)]
    twice = ["staff:coordinator:1", "staff:treasurer:1", "staff:verifier:2"]
    gone = {"kind": "reversal", "public": {"reverses": PLAN}, "legs": []}
    return [
        with_legs(log, "more than was planned", SPEND, over),
        with_legs(log, "more than the group has", SPEND, [cny(CLUB, PAYEES, 301)]),
        with_legs(log, "from another fund", SPEND, other),
        with_legs(log, "more than is left", 21, [cny(TILL, PAYEES, 251)]),
        with_public(log, "for another category", SPEND, category="shelter"),
        with_public(log, "within a plan that is none", SPEND, plan=11),
        with_public(log, "within a plan to come", SPEND, plan=SPEND + 1),
        with_public(log, "without a word on related parties", SPEND, related=None),
        instead(log, "before the plan was filed", SPEND, day="2026-09-30"),
        instead(log, "after the plan was over", SPEND, day="2026-11-01", posted="2026-11-01"),
        instead(log, "proposed and paid by one", SPEND, by=twice),
        instead(log, "approved by nobody", SPEND, by=THREE[1:]),
        instead(log, "not paid by the treasurer", SPEND, by=[*THREE[:2], "staff:verifier:3"]),
        instead(log, "a plan taken back from under its spends", 21, **gone, by=TREASURER),
    ]


def of_reports(log: Log) -> list[Forgery]:
    again = {field: log.entries[REPORT][field] for field in ("kind", "public", "by")}
    taken = {"kind": "reversal", "public": {"reverses": PLAN + 1}, "by": TREASURER, "legs": []}
    return [
        with_public(log, "a report on what is no plan", REPORT, plan=12),
        with_public(log, "a report without evidence", REPORT, evidence=[]),
        with_public(log, "a report without a result", REPORT, result=None),
        instead(log, "a plan reported twice", REPORT + 1, **again),
        instead(log, "a plan taken back from under its report", PURPOSE, **taken),
        instead(log, "a spend after the report", PURPOSE, **_late_spend()),
    ]


def _late_spend() -> Vector:
    """A spend that would have been in time, had the plan not been reported."""
    legs, public = [cny(BANK, PAYEES, 1, CITY)], spent(category="fees", plan=PLAN + 1)
    return {"kind": "spend", "day": SPENT, "legs": legs, "public": public}


def of_purposes(log: Log) -> list[Forgery]:
    seq = PURPOSE
    same = [cny(BANK, RECLASSIFIED, 40), cny(RECLASSIFIED, TILL, 40)]
    return [
        with_legs(log, "less than left the fund", seq, changed(40, 39)),
        with_legs(log, "more than left the fund", seq, changed(40, 41)),
        with_legs(log, "out of the fund and nowhere", seq, changed()[:1]),
        with_legs(log, "into the fund that it left", seq, same),
        with_legs(log, "out of donations", seq, changed(to=OPERATING)),
        with_legs(log, "to the money of stalls", seq, changed(to=AGENCY)),
        with_legs(log, "by the money of a group", seq, [cny(CLUB, RECLASSIFIED, 40), changed()[1]]),
        with_legs(log, "by another kind", seq, changed(), kind="bank.moved", public={}),
        with_public(log, "by nobody's consent", seq, basis=None),
        with_public(log, "by a consent that is not filed", seq, document=None),
        instead(log, "by one officer", seq, by=TREASURER),
        instead(log, "by one officer twice", seq, by=["staff:treasurer:3", "staff:verifier:3"]),
    ]


def of_goods(log: Log) -> list[Forgery]:
    return [
        with_public(log, "goods for what their fund is not for", GOODS, uses=["feast"]),
        with_public(log, "goods for more than their fund is for", GOODS, uses=["food", "feast"]),
        with_public(log, "goods for anything", GOODS, uses=None),
        with_public(log, "goods of the money of stalls", GOODS, fund=AGENCY, uses=None),
        with_public(log, "goods of a fund that is not there", GOODS, fund="fund:other"),
    ]


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"funds": funds()}


if __name__ == "__main__":
    write_files(documents())
