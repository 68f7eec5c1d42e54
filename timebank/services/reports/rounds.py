"""Delivery rounds 配送: how many households, what left, what was handed over, what came back.

Nothing here says who received aid: a round is of at least five households together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from timebank.services.reports.frame import Frame
from timebank.services.reports.happenings import Happening
from timebank.services.reports.tables import COMMODITY, Column, Definition, Row, Title

OUT: Final = "round.out"
BACK: Final = "round.back"

_CONSUMED: Final = "world:consumed"
_LOST: Final = "world:lost"


def rows(frame: Frame) -> Iterator[Row]:
    """A line for each round that was under way in the period, and commodity, by seq.

    One that never came back is told in each period. Households are told once a round, on the line
    of its first commodity.
    """
    frame.go_through()
    returns = {one.facts["round"]: one for one in frame.standing(BACK)}
    for left in frame.standing(OUT):
        back = returns.get(left.seq)
        if back is None or back.day >= frame.days.first:
            yield from _lines(left, back)


def _lines(left: Happening, back: Happening | None) -> Iterator[Row]:
    taken = _sums(left, lambda _: True)
    delivered = _sums(back, lambda to: to == _CONSUMED)
    lost = _sums(back, lambda to: to == _LOST)
    returned = _sums(back, lambda to: to not in {_CONSUMED, _LOST})
    counts = {**left.facts, **(back.facts if back else {})}
    for index, commodity in enumerate(sorted(taken)):
        told = counts if index == 0 else {}
        yield {
            "round": left.seq,
            "left": left.day,
            "came_back": back.day if back else None,
            **{key: told.get(key) for key in ("households", "refused", "absent")},
            "commodity": commodity,
            "taken": taken[commodity],
            "delivered": delivered[commodity],
            "returned": returned[commodity],
            "lost": lost[commodity],
        }


def _sums(happening: Happening | None, counts: Callable[[str], bool]) -> defaultdict[str, int]:
    """What moved by commodity, to accounts that count."""
    found: defaultdict[str, int] = defaultdict(int)
    for movement in happening.movements if happening else ():
        if counts(movement.to):
            found[movement.commodity] += movement.amount
    return found


DEFINITION: Final = Definition(
    "rounds",
    Title("义仓配送", "Delivery rounds"),
    (
        Column("round", Title("配送号", "Round"), "seq"),
        Column("left", Title("出发日", "Left on"), "day"),
        Column("came_back", Title("返回日", "Came back on"), "day"),
        Column("households", Title("户数", "Households"), "count"),
        Column("refused", Title("拒收户数", "Refused"), "count"),
        Column("absent", Title("不在户数", "Absent"), "count"),
        COMMODITY,
        Column("taken", Title("出库", "Taken along"), "amount"),
        Column("delivered", Title("发放", "Handed over"), "amount"),
        Column("returned", Title("带回", "Brought back"), "amount"),
        Column("lost", Title("丢失", "Lost"), "amount"),
    ),
    rows,
)
