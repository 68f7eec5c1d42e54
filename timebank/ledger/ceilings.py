"""Ceilings: how much all members together may owe, as far as the public can tell."""

from dataclasses import dataclass, field

from timebank.ledger.model import Limit


@dataclass(slots=True)
class Ceilings:
    """How far below zero all members together may be, from the limits published so far.

    The public replay cannot see whose balance is whose, so it holds the members' total against
    the highest limits that ever were in force: a lower limit does not undo an older debt. Whoever
    left owes nothing any more, and no longer counts.
    """

    members: int = 0
    highest: dict[str, int] = field(default_factory=dict)
    """Per commodity, the highest ``credit_limit`` that was ever published."""
    own_limits: dict[str, int] = field(default_factory=dict)
    """Per commodity, the sum of the limits of members that have one of their own."""
    own_members: dict[str, int] = field(default_factory=dict)
    """Per commodity, how many members have a limit of their own."""

    def enrol(self, limits: tuple[Limit, ...]) -> None:
        """Count a member with these limits of their own."""
        self._count(limits, 1)

    def leave(self, limits: tuple[Limit, ...]) -> None:
        """Count a member with these limits of their own no longer."""
        self._count(limits, -1)

    def publish(self, commodity: str, limit: int) -> None:
        """Take a ``credit_limit`` into account."""
        self.highest[commodity] = max(limit, self.highest.get(commodity, 0))

    def total(self, commodity: str) -> int:
        """The sum of all members' limits in a commodity, >= 0."""
        others = self.members - self.own_members.get(commodity, 0)
        return self.own_limits.get(commodity, 0) + others * self.highest.get(commodity, 0)

    def _count(self, limits: tuple[Limit, ...], sign: int) -> None:
        self.members += sign
        for limit in limits:
            code, amount = limit.commodity, sign * limit.amount
            self.own_limits[code] = self.own_limits.get(code, 0) + amount
            self.own_members[code] = self.own_members.get(code, 0) + sign
