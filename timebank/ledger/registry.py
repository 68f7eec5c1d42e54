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
    """A leg that a kind allows: account selectors, kinds of commodity, one owner on both sides."""

    from_: str
    to: str
    kinds: tuple[str, ...]
    same_owner: bool = False


class LegCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many legs a kind has, at least and at most."""

    least: int = 0
    most: int = 0


class Continues(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind whose legs go on from those of an earlier entry.

    ``fact`` names the public fact with the earlier entry's seq, ``kind`` what that entry must be.
    ``returns`` says that the amount goes back where it came from. ``until`` names the earlier
    entry's fact after whose day it can no longer be continued so.
    """

    fact: str
    kind: str
    returns: bool = False
    until: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sort of entry.

    ``by`` lists groups of capacities: the entry needs one of each group, from different
    capacities. ``reverses`` names the public fact with the seq of the entry that is turned round.
    """

    kind: str
    by: tuple[tuple[str, ...], ...]
    facts: dict[str, FactSpec]
    seals: int = 0
    legs: LegCount = LegCount()
    patterns: tuple[Pattern, ...] = ()
    defines: bool = False
    reversible: bool = False
    continuable: bool = False
    continues: Continues | None = None
    reverses: str = ""


class Family(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The accounts whose codes a selector matches, their type, and who may stand behind them."""

    selector: str
    type: str
    holder: str = ""


class SettingSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that policy may set, 0 to ``most``; ``commodity``: it is set for each of them."""

    setting: str
    commodity: bool
    most: int


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

    def with_kinds(self, *kinds: Kind) -> "Registry":
        """This registry and further kinds: how a flow registers without touching the ledger."""
        return Registry(msgspec.structs.replace(self.content, kinds=self.content.kinds + kinds))


def matches(selector: str, code: str) -> bool:
    """Whether a selector matches an account code; ``*`` stands for exactly one word."""
    selector_words = selector.split(":")
    words = code.split(":")
    return len(words) == len(selector_words) and all(
        wanted in ("*", word) for wanted, word in zip(selector_words, words, strict=True)
    )


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
