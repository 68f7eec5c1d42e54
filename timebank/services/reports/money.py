"""Money in funds: what came in, from where, and what went out, for what.

Money is what the association and its groups have in all accounts but those that stand for the
outside. What moves between these is neither income nor expenditure.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from timebank.services.reports.frame import Frame, check_figure
from timebank.services.reports.happenings import Happening, Movement

AGENCY: Final = "fund:agency"
"""What stalls and shop families are owed: not the association's money, so in no total."""


class Item(NamedTuple):
    """What income or expenditure is told under: an account of the outside, or a category.

    ``name`` is that of the account without ``world:``. Associations name the categories of their
    plans themselves, also like such an account.
    """

    name: str
    is_category: bool = False


RECLASSIFIED: Final = Item("reclassified")
"""What funds gave to one another, so that all together have neither more nor less."""

Items = defaultdict[Item, int]
Fund = tuple[str, str]
"""A commodity and the lot of the fund."""


@dataclass(slots=True)
class FundSums:
    """One fund in a period: income by source, expenditure by category, both may be negative."""

    opening: int = 0
    closing: int = 0
    income: Items = field(default_factory=lambda: defaultdict(int))
    expenditure: Items = field(default_factory=lambda: defaultdict(int))

    @property
    def received(self) -> int:
        """All income."""
        return sum(self.income.values())

    @property
    def spent(self) -> int:
        """All expenditure."""
        return sum(self.expenditure.values())

    def add(self, other: "FundSums") -> None:
        """Count another fund in, but for what funds gave to one another."""
        self.opening += other.opening
        self.closing += other.closing
        for mine, theirs in (
            (self.income, other.income),
            (self.expenditure, other.expenditure),
        ):
            for item, amount in theirs.items():
                if item != RECLASSIFIED:
                    mine[item] += amount


class Money:
    """Sums up all funds while a period is gone through."""

    def __init__(self, frame: Frame) -> None:
        """Begin with what was there."""
        self._frame = frame
        self._commodities = frame.of_kinds("money")
        self.funds: dict[Fund, FundSums] = {}
        for fund, opening in frame.net(frame.opening, self._is_inside).items():
            self.of(fund).opening = opening
        for fund, closing in frame.net(frame.closing, self._is_inside).items():
            self.of(fund).closing = closing

    def add(self, happening: Happening) -> None:
        """Count what an entry brought in or took out."""
        for movement in happening.movements:
            if movement.commodity in self._commodities:
                self._add(movement, happening.facts)

    def check(self) -> None:
        """Raise ReportMismatchError where income and expenditure do not make what is there."""
        for (commodity, lot), sums in self.funds.items():
            made = sums.opening + sums.received - sums.spent
            check_figure(f"closing balance of {commodity} {lot}", made, sums.closing)
        for commodity in self._commodities:
            total = self.total(commodity)
            made = total.opening + total.received - total.spent
            check_figure(f"closing balance of all funds in {commodity}", made, total.closing)

    def total(self, commodity: str) -> FundSums:
        """All funds of the association in one commodity together."""
        total = FundSums()
        for fund, sums in self.funds.items():
            if fund[0] == commodity and fund[1] != AGENCY:
                total.add(sums)
        return total

    def of_commodity(self, commodity: str) -> Iterator[tuple[str, FundSums]]:
        """The funds of a commodity by code, that of the agency last."""
        codes = sorted(lot for code, lot in self.funds if code == commodity)
        for code in sorted(codes, key=lambda code: (code == AGENCY, code)):
            yield code, self.funds[commodity, code]

    def _add(self, movement: Movement, facts: dict[str, Any]) -> None:
        fund = self.of((movement.commodity, movement.lot))
        came = self._frame.is_outside(movement.from_)
        went = self._frame.is_outside(movement.to)
        if came and not went:
            fund.income[_item(movement.from_)] += movement.amount
        elif went and not came:
            fund.expenditure[self._category(facts) or _item(movement.to)] += movement.amount

    def _category(self, facts: dict[str, Any]) -> Item | None:
        """What money was spent on: the category of the entry, or of the plan that it draws on."""
        if "category" not in facts and "plan" in facts:
            facts = self._frame.facts_of(facts["plan"])
        return Item(facts["category"], is_category=True) if "category" in facts else None

    def has(self, fund: Fund) -> bool:
        """Whether anything was ever in a fund until the end of the period."""
        return fund in self.funds

    def of(self, fund: Fund) -> FundSums:
        """The sums of a fund, of which there may be nothing."""
        return self.funds.setdefault(fund, FundSums())

    def _is_inside(self, place: tuple[str, str, str]) -> bool:
        account, commodity, _ = place
        return commodity in self._commodities and not self._frame.is_outside(account)


def _item(account: str) -> Item:
    """``world:donors`` is the source ``donors``."""
    return Item(account.removeprefix("world:"))
