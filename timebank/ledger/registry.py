"""The registry of kinds: what sorts of entry there are, as data.

The registry itself is ``kinds.json``: append-only, and the same file that verifiers in other
languages read. A kind is never changed once a book uses it; a change gets a new tag. Replay takes
the registry as an argument, and a kind that is not in it means "cannot check".
"""

from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec

from timebank.errors import UnknownKindError

FactType: TypeAlias = Literal[
    "account",
    "choice",
    "code",
    "commodity",
    "day",
    "hash",
    "integer",
    "key",
    "list",
    "lot",
    "object",
    "text",
    "vkey",
]
"""What a fact can be; a registry with any other is not read."""

RuleName: TypeAlias = Literal[
    "cost",
    "count",
    "expiry",
    "fund",
    "group",
    "market",
    "plan",
    "prices",
    "reason",
    "recall",
    "reclassified",
    "round",
    "share",
    "shop",
    "source",
    "tariff",
]
"""The rules that some kinds have beyond those of all entries; each is a module of the rules."""


class FactSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one public fact may be.

    ``least`` and ``most`` bound an integer's value or a list's length. ``values`` are those of a
    choice, ``items`` describes a list's items, ``fields`` an object's.
    """

    type: FactType
    optional: bool = False
    least: int | None = None
    most: int | None = None
    values: tuple[str, ...] = ()
    items: "FactSpec | None" = None
    fields: dict[str, "FactSpec"] = {}


class Pattern(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_": "from"},
):
    """A leg that a kind allows: account selectors, kinds of commodity, and what else must hold.

    ``same_owner`` and ``other_owner`` say that one holder stands on both sides, or never;
    ``same_place`` that both accounts are of one place (``stock:yicang`` and its quarantine).
    ``lot`` is the one lot allowed. ``usable`` keeps out lots that are expired or recalled,
    ``use`` those that were not given for this use, and ``first_expired`` asks for the lots that
    expire first.
    """

    from_: str
    to: str
    kinds: tuple[str, ...]
    same_owner: bool = False
    other_owner: bool = False
    same_place: bool = False
    lot: str = ""
    usable: bool = False
    use: str = ""
    first_expired: bool = False


class LegCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many legs a kind has, at least and at most."""

    least: int = 0
    most: int = 0


class Continues(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_": "from"},
):
    """A kind whose legs go on from those of an earlier entry.

    ``fact`` names the public fact with the earlier entry's seq, ``kinds`` what that entry may be.
    ``from_`` selects the legs that go on, by the account they leave; without it all do. Where no
    leg does, the fact is not there. ``returns`` says that the amount goes back where it came from,
    ``whole`` that nothing may be left of the earlier entry. ``until`` names the earlier entry's
    fact after whose day it can no longer be continued so.
    """

    fact: str
    kinds: tuple[str, ...]
    from_: str = ""
    returns: bool = False
    whole: bool = False
    until: str = ""


class Refers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public fact that names an earlier entry of this kind, which still stands, by its seq."""

    fact: str
    kind: str


class Tally(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder's legs of a kind count towards, as something that policy limits.

    ``tally`` names it, ``side`` is the side of the legs (0 from, 1 to) in ``members``.
    """

    tally: str
    side: int


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sort of entry.

    ``by`` lists groups of capacities: the entry needs one of each group, from different
    capacities. ``reverses`` names the public fact with the seq of the entry that is turned round.
    ``continuable`` selects the legs that others may go on from, by the account they reach.
    ``once`` names facts of which no two standing entries of the kind have the same. ``allows``
    names the fact with the amount that other entries may draw on; ``draws`` the fact of such an
    entry that names it, of all of whose legs but those of goods the amounts count. ``rules`` are
    further rules.
    """

    kind: str
    by: tuple[tuple[str, ...], ...]
    facts: dict[str, FactSpec]
    seals: int = 0
    legs: LegCount = LegCount()
    patterns: tuple[Pattern, ...] = ()
    defines: bool = False
    reversible: bool = False
    continuable: str = ""
    continues: Continues | None = None
    reverses: str = ""
    once: tuple[str, ...] = ()
    refers: tuple[Refers, ...] = ()
    allows: str = ""
    draws: str = ""
    tally: Tally | None = None
    rules: tuple[RuleName, ...] = ()


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The accounts whose codes a selector matches, their type, and who may stand behind them."""

    selector: str
    type: str
    holder: str = ""


class SettingSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that policy may set, 0 to ``most``, for each ``commodity`` of these kinds.

    ``category`` says that it is set for each category of services, ``goods`` for each commodity
    of goods.
    """

    setting: str
    most: int
    commodity: tuple[str, ...] = ()
    category: bool = False
    goods: bool = False


class RegistryFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole ``kinds.json``."""

    version: int
    families: tuple[Family, ...]
    chart: tuple[str, ...]
    openable: tuple[str, ...]
    settings: tuple[SettingSpec, ...]
    kinds: tuple[Kind, ...]


class Registry:
    """All kinds, account families and settings that this verifier knows."""

    def __init__(self, content: RegistryFile) -> None:
        """Index what a registry file says."""
        self.content = content
        self.kinds = {kind.kind: kind for kind in content.kinds}
        self.families = content.families
        self.chart = content.chart
        self.openable = content.openable
        self.settings = {setting.setting: setting for setting in content.settings}
        self._answers = _answers_in(content.kinds)
        self._patterns: dict[tuple[str, str, str, str], Pattern | None] = {}
        self._families: dict[str, Family | None] = {}

    def kind(self, tag: str) -> Kind:
        """The kind with this tag. Raises UnknownKindError."""
        found = self.kinds.get(tag)
        if found is None:
            raise UnknownKindError(tag)
        return found

    def family(self, account: str) -> Family | None:
        """The family an account code belongs to, or None."""
        if account not in self._families:
            self._families[account] = next(
                (family for family in self.families if matches(family.selector, account)), None
            )
        return self._families[account]

    def is_openable(self, account: str) -> bool:
        """Whether an entry ``account.opened`` may open this code."""
        return any(matches(selector, account) for selector in self.openable)

    def pattern(self, kind: Kind, from_: str, to: str, commodity_kind: str) -> Pattern | None:
        """The pattern of ``kind`` that allows such a leg, or None."""
        key = (kind.kind, from_, to, commodity_kind)
        if key not in self._patterns:
            self._patterns[key] = next(
                (pattern for pattern in kind.patterns if _allows(pattern, *key[1:])), None
            )
        return self._patterns[key]

    def answers(self, tag: str) -> tuple[tuple[str, str], ...]:
        """The kinds of which one entry at most refers to one of this kind, each with its fact."""
        return self._answers.get(tag, ())

    def with_kinds(self, *kinds: Kind) -> "Registry":
        """This registry and further kinds: how a flow registers without touching the ledger."""
        return Registry(msgspec.structs.replace(self.content, kinds=self.content.kinds + kinds))


@lru_cache(maxsize=4_096)
def matches(selector: str, code: str) -> bool:
    """Whether a selector matches an account code; ``*`` stands for exactly one word."""
    selector_words = selector.split(":")
    words = code.split(":")
    return len(words) == len(selector_words) and all(
        wanted in ("*", word) for wanted, word in zip(selector_words, words, strict=True)
    )


def _answers_in(kinds: tuple[Kind, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    answers: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind in kinds:
        for refers in kind.refers:
            if refers.fact in kind.once:
                answer = kind.kind, refers.fact
                answers[refers.kind] = (*answers.get(refers.kind, ()), answer)
    return answers


def _allows(pattern: Pattern, from_: str, to: str, commodity_kind: str) -> bool:
    return (
        commodity_kind in pattern.kinds
        and matches(pattern.from_, from_)
        and matches(pattern.to, to)
    )


def read_registry(data: bytes) -> Registry:
    """The registry in the bytes of a ``kinds.json``. Raises msgspec.ValidationError."""
    return Registry(msgspec.json.decode(data, type=RegistryFile))


@lru_cache(maxsize=1)
def standard_registry() -> Registry:
    """The registry that comes with this package."""
    return read_registry(files("timebank.ledger").joinpath("kinds.json").read_bytes())
