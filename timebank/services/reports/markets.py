"""Charity markets 义集: takings, the share of the pool, what it bought, reports that are due."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from timebank.services.reports.frame import Frame
from timebank.services.reports.happenings import Movement
from timebank.services.reports.plans import due_day, status_of
from timebank.services.reports.tables import COMMODITY, Column, Definition, Row, Title

FILED: Final = "market.filed"
REPORTED: Final = "market.reported"
SALE: Final = "sale"
TAKINGS: Final = "takings"
PURCHASE: Final = "pool.purchase"

_FIGURES: Final = (
    Column("takings", Title("营业额", "Takings"), "amount"),
    Column("pool", Title("公益提成", "Share of the pool"), "amount"),
    Column("stalls_share", Title("摊主所得", "Share of stallholders"), "amount"),
    Column("taken_home", Title("摊主领取", "Taken home"), "amount"),
    Column("bought", Title("公益采购", "Bought by the pool"), "amount"),
)
_SALES: Final = Column("sales", Title("成交笔数", "Sales"), "count")

Figures = defaultdict[str, int]


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each market and commodity in which it took something, by day.

    These are the markets held in the period, those that something moved for in it, and those
    whose report was not there before it. Stalls and visitors are told once, with its own money.
    """
    sums = _sum_up(frame)
    reports = {one.facts["market"]: one for one in frame.standing(REPORTED)}
    for filed in sorted(frame.standing(FILED), key=lambda one: (one.facts["held"], one.seq)):
        seq, facts, report = filed.seq, filed.facts, reports.get(filed.seq)
        of_market = {unit: figures for (of, unit), figures in sums.items() if of == seq}
        held, reported = facts["held"], report.day if report else None
        is_told = max(held, reported or frame.days.first) >= frame.days.first
        if not (is_told and held <= frame.days.last) and not of_market:
            continue
        due = due_day(frame, "market_report_days", held)
        main = facts["commodity"]
        for unit in (main, *sorted(of_market.keys() - {main})):
            counted = report.facts if report and unit == main else {}
            figures = of_market.get(unit, defaultdict(int))
            yield {
                "market": facts["market"],
                "filed": seq,
                "held": held,
                "place": facts["place"],
                "share": facts["share"],
                "commodity": unit,
                **{column.key: figures[column.key] for column in (_SALES, *_FIGURES)},
                "stalls": counted.get("stalls"),
                "visitors": counted.get("visitors"),
                "due": due,
                "reported": reported,
                "status": status_of(frame, ended=held, due=due, reported=reported),
            }


def _sum_up(frame: Frame) -> dict[tuple[int, str], Figures]:
    """What moved in the period for each market, by the seq of its filing, and commodity."""
    goods = frame.of_kinds("goods")
    found: defaultdict[tuple[int, str], Figures] = defaultdict(lambda: defaultdict(int))
    for happening in frame.happenings():
        market = happening.facts.get("market")
        if happening.kind not in {SALE, TAKINGS, PURCHASE} or market is None:
            continue
        paid = [one for one in happening.movements if one.commodity not in goods]
        for movement in paid:
            _count(found[market, movement.commodity], happening.kind, movement)
        for commodity in {movement.commodity for movement in paid}:
            found[market, commodity]["sales"] += happening.sign * (happening.kind == SALE)
    return found


def _count(figures: Figures, kind: str, movement: Movement) -> None:
    if kind == SALE:
        figures["takings"] += movement.amount
        is_pools = movement.to.startswith("cash:")
        figures["pool" if is_pools else "stalls_share"] += movement.amount
    else:
        figures["taken_home" if kind == TAKINGS else "bought"] += movement.amount


DEFINITION: Final = Definition(
    "markets",
    Title("义集", "Charity markets"),
    (
        Column("market", Title("场次", "Market")),
        Column("filed", Title("备案号", "Filed by entry"), "seq"),
        Column("held", Title("举办日", "Held on"), "day"),
        Column("place", Title("地点", "Place")),
        Column("share", Title("提成千分比", "Share of the pool in 1/1000"), "count"),
        COMMODITY,
        _SALES,
        *_FIGURES,
        Column("stalls", Title("摊位数", "Stalls"), "count"),
        Column("visitors", Title("到场人次", "Visitors"), "count"),
        Column("due", Title("应汇报日", "Report due"), "day"),
        Column("reported", Title("汇报日", "Reported"), "day"),
        Column("status", Title("状态", "Status")),
    ),
    rows,
)
