"""Movements by what sort of entry made them, from where, and to where."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

from timebank.services.reports.circulation import COUNTED
from timebank.services.reports.frame import Frame
from timebank.services.reports.tables import COMMODITY, LOT, Column, Definition, Row, Title

_EVERYTHING: Final = (*COUNTED, "money", "goods")
_WAY: Final = (
    Column("kind", Title("凭证类别", "Kind of entry")),
    Column("from_account", Title("转出账户", "From account")),
    Column("to_account", Title("转入账户", "To account")),
    Column("amount", Title("数量", "Amount"), "amount"),
    Column("legs", Title("笔数", "Legs"), "count"),
)


def _rows(frame: Frame, *, kinds: tuple[str, ...], lots: bool) -> Iterator[Row]:
    """A line for each commodity, lot if asked for, kind of entry, and pair of accounts."""
    counted = frame.of_kinds(*kinds)
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for happening in frame.happenings():
        for movement in happening.movements:
            if movement.commodity in counted:
                unit = (movement.commodity, movement.lot if lots else "")
                sums = found[*unit, happening.kind, movement.from_, movement.to]
                sums[0] += movement.amount
                sums[1] += happening.sign
    for (commodity, lot, kind, from_, to), (amount, legs) in sorted(found.items()):
        yield {
            "commodity": commodity,
            **({"lot": lot} if lots else {}),
            "kind": kind,
            "from_account": from_,
            "to_account": to,
            "amount": amount,
            "legs": legs,
        }


BY_SOURCE: Final = Definition(
    "hours-by-source",
    Title("服务时间与积分 (按来源与去向)", "Hours and points by source"),
    (COMMODITY, *_WAY),
    partial(_rows, kinds=COUNTED, lots=False),
)
MOVEMENTS: Final = Definition(
    "movements",
    Title("收付汇总", "Movements by account"),
    (COMMODITY, LOT, *_WAY),
    partial(_rows, kinds=_EVERYTHING, lots=True),
)
