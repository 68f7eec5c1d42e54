"""The rules of a book: whether an entry may be next, and what it changes.

Each rule stands in the module of its noun. Rules of all entries: :mod:`facts`, :mod:`capacities`,
:mod:`days`, :mod:`names`, :mod:`references`, :mod:`definitions`, :mod:`policies`, :mod:`legs`,
:mod:`lots`, :mod:`continuations`, :mod:`allowances`, :mod:`closing`, :mod:`floors`. Rules that the
registry gives to some kinds: :mod:`tariffs`, :mod:`prices`, :mod:`markets`, :mod:`purchases`,
:mod:`shops`, :mod:`rounds`, :mod:`funds`. The journal asks them before it writes, replay asks them
again of what was written.
"""

from typing import Protocol

from timebank.ledger.model import Entry, Owners
from timebank.ledger.registry import RuleName
from timebank.ledger.rules import (
    allowances,
    arrivals,
    attendances,
    capacities,
    closing,
    continuations,
    counts,
    days,
    definitions,
    expiries,
    facts,
    floors,
    funds,
    legs,
    lots,
    markets,
    names,
    policies,
    prices,
    purchases,
    references,
    rounds,
    shops,
    tallies,
    tariffs,
)
from timebank.ledger.state import BookState, LegSide

__all__ = ["apply", "check"]


class PublicRule(Protocol):
    """A rule that the log alone decides."""

    def __call__(self, entry: Entry, state: BookState) -> None:
        """Raise what speaks against the entry, if anything does."""


class Rule(Protocol):
    """A rule of which a part is decided by who stands behind the legs."""

    def __call__(self, entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
        """Raise what speaks against the entry, if anything does."""


def check(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise the RefusedError, ConflictError or DeniedError that speaks against the entry, if any.

    ``revealed`` says that ``owners`` names who stands behind each control account, so that each
    holder's own rules can be checked; otherwise (public replay) the totals are.
    """
    kind = state.registry.kind(entry.kind)
    facts.check_facts(kind, entry)
    capacities.check_capacities(kind, entry.by)
    days.check_days(entry, state)
    names.check_names(kind, entry, state)
    references.check_references(kind, entry, state)
    definitions.check_definition(entry, state, revealed=revealed)
    policies.check_policy(entry, state)
    legs.check_legs(kind, entry, owners, state, revealed=revealed)
    continuations.check_continuation(kind, entry, state)
    allowances.check_allowance(kind, entry, state)
    for name in kind.rules:
        if name in _PUBLIC:
            _PUBLIC[name](entry, state)
        elif name in _RULES:
            _RULES[name](entry, owners, state, revealed=revealed)
    closing.check_close(entry, state)
    floors.check_floors(entry, owners, state, revealed=revealed)


def apply(entry: Entry, owners: Owners, state: BookState) -> list[LegSide]:
    """Fold a checked entry into the state; give its leg sides with their running sums."""
    kind = state.registry.kind(entry.kind)
    definitions.apply_definition(entry, state)
    names.apply_names(kind, entry, state)
    sides = state.post_legs(entry, owners)
    tallies.apply_tallies(kind, entry, owners, state)
    arrivals.apply_arrivals(kind, entry, owners, state)
    allowances.apply_allowance(kind, entry, state)
    continuations.apply_continuation(kind, entry, owners, state)
    closing.apply_close(entry, state)
    state.posted = entry.posted
    state.size = entry.seq + 1
    return sides


# "recall" gives names to lots, which the rules of names and of lots look at.
_PUBLIC: dict[RuleName, PublicRule] = {
    "cost": purchases.check_cost,
    "count": counts.check_count,
    "fund": funds.check_fund,
    "group": attendances.check_group,
    "market": markets.check_market,
    "plan": funds.check_plan,
    "reason": lots.check_reason,
    "reclassified": funds.check_reclassified,
    "round": rounds.check_round,
    "share": markets.check_share,
    "source": lots.check_source,
}
_RULES: dict[RuleName, Rule] = {
    "expiry": expiries.check_expiry,
    "prices": prices.check_prices,
    "shop": shops.check_shop,
    "tariff": tariffs.check_tariff,
}
