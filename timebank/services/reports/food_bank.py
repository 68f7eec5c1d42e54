"""The food bank 义仓: of each lot of goods what there was, came, went, and is there, and where.

Goods received are on hand, handed over, sold, spoiled, lost or rejected, or make the difference
that a count found: all of that stands in one line.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from timebank.services.reports.frame import Frame, Place, check_figure
from timebank.services.reports.tables import (
    CLOSING,
    COMMODITY,
    LOT,
    OPENING,
    Column,
    Definition,
    Row,
    Title,
)

_IN: Final = {
    "world:opening": Column("taken_over", Title("期初转入", "Taken over"), "amount"),
    "world:donors": Column("donated", Title("捐赠", "Donated"), "amount"),
    "world:grantors": Column("granted", Title("拨入", "Granted"), "amount"),
    "world:partners": Column("from_partners", Title("合作单位转入", "From partners"), "amount"),
    "world:suppliers": Column("supplied", Title("采购或供货", "Bought or supplied"), "amount"),
}
_OUT: Final = {
    "world:consumed": Column("consumed", Title("发放与兑换", "Handed over"), "amount"),
    "world:customers": Column("sold", Title("售出", "Sold"), "amount"),
    "world:rejected": Column("rejected", Title("拒收", "Rejected"), "amount"),
    "world:spoiled": Column("spoiled", Title("报损", "Spoiled"), "amount"),
    "world:lost": Column("lost", Title("丢失", "Lost"), "amount"),
}
_VARIANCE: Final = Column("variance", Title("盘点差异", "Found by counts, or missing"), "amount")
_OTHER: Final = Column("other", Title("其他", "Otherwise"), "amount")
_WHERE: Final = (
    Column("shelved", Title("在架", "On shelves"), "amount"),
    Column("quarantined", Title("待检", "In quarantine"), "amount"),
    Column("reserved", Title("预留", "Reserved"), "amount"),
    Column("in_transit", Title("在途", "In transit"), "amount"),
    Column("with_shops", Title("在义坊", "With shop families"), "amount"),
)

Figures = defaultdict[str, int]
_Lot = tuple[str, str]


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each lot that was there or moved, and one for all lots of a commodity.

    Raises ReportMismatchError.
    """
    goods = frame.of_kinds("goods")
    found: defaultdict[_Lot, Figures] = defaultdict(lambda: defaultdict(int))
    for happening in frame.happenings():
        for movement in happening.movements:
            if movement.commodity in goods:
                figures = found[movement.commodity, movement.lot]
                _count(frame, figures, movement.from_, movement.amount)
                _count(frame, figures, movement.to, -movement.amount)
    _add_balances(frame, found)
    lots = frame.lots("goods")
    for commodity in sorted(goods):
        total: Figures = defaultdict(int)
        for place in sorted(place for place in found if place[0] == commodity):
            figures = found[place]
            if not any(figures.values()):
                continue
            _check(place, figures)
            facts = lots[place].facts
            for key, amount in figures.items():
                total[key] += amount
            yield _line(place, facts.get("source", ""), facts.get("expires"), figures)
        if total:
            yield _line((commodity, ""), "", None, total)


def _count(frame: Frame, figures: Figures, account: str, amount: int) -> None:
    """Count what came from an account of the outside; a negative amount went there."""
    if not frame.is_outside(account):
        return
    if account in _IN:
        figures[_IN[account].key] += amount
    elif account in _OUT:
        figures[_OUT[account].key] -= amount
    else:
        column = _VARIANCE if account == "world:variance" else _OTHER
        figures[column.key] += amount


def _add_balances(frame: Frame, found: defaultdict[_Lot, Figures]) -> None:
    def is_inside(place: Place) -> bool:
        return place.commodity in goods and not frame.is_outside(place.account)

    goods = frame.of_kinds("goods")
    for key, end in (("opening", frame.opening), ("closing", frame.closing)):
        for place, amount in frame.net(end, is_inside).items():
            found[place][key] = amount
    for shelf, row in frame.closing.items():
        if is_inside(shelf):
            found[shelf.commodity, shelf.lot][_shelf(shelf.account)] += row.net


def _shelf(account: str) -> str:
    """In which column it is told what an account has now."""
    if account in {"transit", "stalls"}:
        return {"transit": "in_transit", "stalls": "with_shops"}[account]
    last = account.rpartition(":")[2]
    return {"quarantine": "quarantined", "reserved": "reserved"}.get(last, "shelved")


def _check(place: _Lot, figures: Figures) -> None:
    came = sum(figures[column.key] for column in (*_IN.values(), _VARIANCE, _OTHER))
    went = sum(figures[column.key] for column in _OUT.values())
    name = " ".join(place)
    check_figure(f"closing of {name}", figures["opening"] + came - went, figures["closing"])
    there = sum(figures[column.key] for column in _WHERE)
    check_figure(f"places of {name}", there, figures["closing"])


def _line(place: _Lot, source: str, expires: str | None, figures: Figures) -> Row:
    commodity, lot = place
    return {
        "commodity": commodity,
        "lot": lot,
        "source": source,
        "expires": expires,
        **{column.key: figures[column.key] for column in _FIGURES},
    }


_FIGURES: Final = (OPENING, *_IN.values(), *_OUT.values(), _VARIANCE, _OTHER, CLOSING, *_WHERE)

DEFINITION: Final = Definition(
    "food-bank",
    Title("义仓收发存", "Food bank"),
    (
        COMMODITY,
        LOT,
        Column("source", Title("来源", "Source")),
        Column("expires", Title("到期日", "Expires"), "day"),
        *_FIGURES,
    ),
    rows,
)
