"""The rules of a book: whether an entry may be next, and what it changes.

Each rule stands in the module of its noun. Rules of all entries: :mod:`facts`, :mod:`capacities`,
:mod:`days`, :mod:`names`, :mod:`references`, :mod:`definitions`, :mod:`policies`, :mod:`legs`,
:mod:`lots`, :mod:`continuations`, :mod:`allowances`, :mod:`closing`, :mod:`floors`. Rules that the
registry gives to some kinds: :mod:`tariffs`, :mod:`prices`, :mod:`markets`, :mod:`purchases`,
:mod:`shops`, :mod:`rounds`, :mod:`funds`. The journal asks them before it writes, replay asks them
again of what was written.

A kind is asked only those rules that can speak against it: which these are is worked out once, from
what the registry says of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from timebank.ledger.model import Balance, Entry, Key, Owners
from timebank.ledger.registry import Kind, Registry, RuleName
from timebank.ledger.routes import Route
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
from timebank.ledger.state import BookState
from timebank.ledger.sums import LegSide, sum_up
from timebank.ledger.tuples import new

__all__ = ["Accepted", "apply", "check"]


class Rule(Protocol):
    """A rule of which a part may be decided by who stands behind the legs."""

    def __call__(self, entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
        """Raise what speaks against the entry, if anything does."""


PublicRule: TypeAlias = Callable[[Entry, BookState], None]
"""A rule that the log alone decides."""

Effect: TypeAlias = Callable[[Entry, Owners, BookState], None]
"""What an entry changes besides balances."""


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rules of one kind beyond those of all, around that of the legs; and its effects."""

    kind: Kind
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]
    effects_before: tuple[Effect, ...]
    effects_after: tuple[Effect, ...]


class Accepted(NamedTuple):
    """An entry that no rule speaks against, and what was found out about it on the way."""

    entry: Entry
    owners: Owners
    of_kind: KindRules
    routes: list[Route]
    after: dict[Key, Balance]
    """What the balances that it touches will be."""
    sides: list[LegSide]


def check(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> Accepted:
    """Raise the RefusedError, ConflictError or DeniedError that speaks against the entry, if any.

    ``revealed`` says that ``owners`` names who stands behind each control account, so that each
    holder's own rules can be checked; otherwise (public replay) the totals are.
    """
    of_kind = rules_of(state.registry, entry.kind)
    kind = of_kind.kind
    facts.check_facts(kind, entry)
    capacities.check_capacities(kind, entry.by)
    days.check_days(entry, state)
    definitions.check_genesis(entry)
    for rule in of_kind.before:
        rule(entry, owners, state, revealed=revealed)
    routes = legs.check_legs(kind, entry, owners, state, revealed=revealed)
    for rule in of_kind.after:
        rule(entry, owners, state, revealed=revealed)
    after, sides = sum_up(entry, owners, routes, state, tells=revealed)
    floors.check_floors(entry, after, state, revealed=revealed)
    return new(Accepted, (entry, owners, of_kind, routes, after, sides))


def apply(accepted: Accepted, state: BookState) -> list[LegSide]:
    """Fold an accepted entry into the state; give its leg sides with their running sums.

    Where nobody knows the owners there are none.
    """
    entry, owners, of_kind, routes, after, sides = accepted
    for effect in of_kind.effects_before:
        effect(entry, owners, state)
    state.post(entry, routes, after)
    for effect in of_kind.effects_after:
        effect(entry, owners, state)
    state.posted = entry.posted
    state.size = entry.seq + 1
    return sides


@lru_cache(maxsize=1_024)
def rules_of(registry: Registry, tag: str) -> KindRules:
    """The rules of a kind. Raises UnknownKindError."""
    kind = registry.kind(tag)
    return KindRules(
        kind,
        tuple(_rules_before(kind)),
        tuple(_rules_after(kind)),
        tuple(_effects_before(kind)),
        tuple(_effects_after(kind)),
    )


def _rules_before(kind: Kind) -> Iterator[Rule]:
    """The rules about what an entry says, from which the rules about its legs may start."""
    if names.gives_names(kind):
        yield _public(lambda entry, state: names.check_names(kind, entry, state))
    if kind.refers:
        yield _public(lambda entry, state: references.check_references(kind, entry, state))
    if kind.kind in definitions.DEFINITIONS:
        yield lambda entry, _, state, *, revealed: definitions.check_definition(
            entry, state, revealed=revealed
        )
    if policies.FACT in kind.facts:
        yield _public(policies.check_policy)


def _rules_after(kind: Kind) -> Iterator[Rule]:
    """The rules about legs that are well formed."""
    if continuations.concerns(kind):
        yield _public(lambda entry, state: continuations.check_continuation(kind, entry, state))
    if kind.draws:
        yield _public(lambda entry, state: allowances.check_allowance(kind, entry, state))
    for name in kind.rules:
        if name in _PUBLIC:
            yield _public(_PUBLIC[name])
        elif name in _RULES:
            yield _RULES[name]
    if kind.kind == closing.KIND:
        yield _public(closing.check_close)


def _effects_before(kind: Kind) -> Iterator[Effect]:
    """What legs may rest on."""
    if kind.kind in definitions.DEFINITIONS:
        yield lambda entry, _, state: definitions.apply_definition(entry, state)
    if names.gives_names(kind):
        yield lambda entry, _, state: names.apply_names(kind, entry, state)


def _effects_after(kind: Kind) -> Iterator[Effect]:
    """What follows from legs."""
    if kind.tally:
        yield lambda entry, owners, state: tallies.apply_tallies(kind, entry, owners, state)
    if kind.legs.most and arrivals.arrives(kind):
        yield arrivals.apply_arrivals
    if kind.allows or kind.draws:
        yield lambda entry, _, state: allowances.apply_allowance(kind, entry, state)
    if continuations.concerns(kind):
        yield lambda entry, owners, state: continuations.apply_continuation(
            kind, entry, owners, state
        )
    if kind.kind == closing.KIND:
        yield lambda entry, _, state: closing.apply_close(entry, state)


def _public(rule: PublicRule) -> Rule:
    """A rule that does not look at owners, called as those that do."""
    return lambda entry, _, state, *, revealed: rule(entry, state)  # noqa: ARG005


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
