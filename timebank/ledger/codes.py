"""The grammar of the names that stand in the log: accounts, commodities, kinds, days, origins.

``is_*`` answers whether a value of any type is a well-formed name; :func:`check_code` raises.
Nothing here says that the thing named exists. All names are ASCII, and their grammar is part of
the log format (docs/FORMAT.md): it may become narrower or wider only with a new ``v``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, TypeAlias, TypeGuard

from timebank.errors import MalformedError

Sort: TypeAlias = Literal[
    "blinded", "capacity", "code", "commodity", "day", "fact_key", "kind", "origin", "slug", "word"
]
"""The sorts of names, each of which has its ``is_*``."""

_PORT_MAX: Final = 65_535
_KNOWN_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class _Grammar:
    """What names of one sort look like: pattern, greatest length, and a last test if need be."""

    pattern: re.Pattern[str]
    length_max: int
    wanted: str
    is_real: Callable[[str], bool] | None = None
    known: set[str] = field(default_factory=set)
    """Names that were accepted before: the same few codes and days come again and again."""

    def accepts(self, value: object) -> TypeGuard[str]:
        return isinstance(value, str) and (value in self.known or self._is_met(value))

    def _is_met(self, value: str) -> bool:
        met = (
            len(value) <= self.length_max
            and self.pattern.fullmatch(value) is not None
            and (self.is_real is None or self.is_real(value))
        )
        if met and len(self.known) < _KNOWN_MAX:
            self.known.add(value)
        return met


def _is_on_the_calendar(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_port_in_range(origin: str) -> bool:
    port = origin.partition("/")[0].partition(":")[2]
    return not port or int(port) <= _PORT_MAX


_WORD_PATTERN: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# Two hyphens may follow each other in a host name, as they do in the ASCII form of Chinese ones.
_LABEL_PATTERN: Final = r"[a-z0-9]+(?:-+[a-z0-9]+)*"

_WORD: Final = _Grammar(
    re.compile(_WORD_PATTERN, re.ASCII),
    64,
    "a-z and 0-9 in groups joined by '-', at most 64 characters",
)
_CODE: Final = _Grammar(
    re.compile(r"[a-z][a-z0-9]*(?:[-:][a-z0-9]+)*", re.ASCII),
    64,
    "a-z and 0-9 in groups joined by '-' or ':', beginning with a letter, at most 64 characters",
)
_COMMODITY: Final = _Grammar(
    re.compile(r"[A-Z][A-Z0-9]*(?:[-:][A-Z0-9]+)*", re.ASCII),
    32,
    "A-Z and 0-9 in groups joined by '-' or ':', beginning with a letter, at most 32 characters",
)
_KIND: Final = _Grammar(
    re.compile(r"[a-z]+(?:\.[a-z]+)*", re.ASCII),
    64,
    "words of a-z joined by '.', at most 64 characters",
)
_FACT_KEY: Final = _Grammar(
    re.compile(r"[a-z][a-z0-9_]*", re.ASCII),
    64,
    "a-z, 0-9 and '_', beginning with a letter, at most 64 characters",
)
_DAY: Final = _Grammar(
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII),
    10,
    "a day of the calendar, YYYY-MM-DD",
    _is_on_the_calendar,
)
_CAPACITY: Final = _Grammar(
    re.compile(
        rf"app:{_WORD_PATTERN}|staff:{_WORD_PATTERN}:[1-9][0-9]{{0,5}}|member|system", re.ASCII
    ),
    64,
    "app:<code>, staff:<role>:<number from 1 to 999999>, member or system",
)
# 32 bytes are 42 characters of six bits and one of four, whose two low bits must be zero.
_BLINDED: Final = _Grammar(
    re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII),
    43,
    "32 bytes as 43 characters of base64url",
)
_ORIGIN: Final = _Grammar(
    re.compile(
        rf"{_LABEL_PATTERN}(?:\.{_LABEL_PATTERN})*(?::[1-9][0-9]{{0,4}})?/log/{_WORD_PATTERN}",
        re.ASCII,
    ),
    255,
    "host/log/<slug> in lower case, without scheme, at most 255 characters",
    _is_port_in_range,
)

_GRAMMARS: Final[dict[Sort, _Grammar]] = {
    "blinded": _BLINDED,
    "capacity": _CAPACITY,
    "code": _CODE,
    "commodity": _COMMODITY,
    "day": _DAY,
    "fact_key": _FACT_KEY,
    "kind": _KIND,
    "origin": _ORIGIN,
    "slug": _WORD,
    "word": _WORD,
}


def is_word(value: object) -> TypeGuard[str]:
    """Whether it is a word: groups of ``a-z0-9`` joined by single hyphens, <= 64 characters."""
    return _WORD.accepts(value)


def is_slug(value: object) -> TypeGuard[str]:
    """Whether it is the short name of a book, which is a word."""
    return _WORD.accepts(value)


def is_code(value: object) -> TypeGuard[str]:
    """Whether it is the code of an account or a lot: ``stock:yicang``, ``fund:flood-2026``.

    Words joined by single colons, beginning with a letter, <= 64 characters.
    """
    return _CODE.accepts(value)


def is_commodity(value: object) -> TypeGuard[str]:
    """Whether it is the code of a commodity, such as ``HOUR`` or ``RICE-5KG``."""
    return _COMMODITY.accepts(value)


def is_kind(value: object) -> TypeGuard[str]:
    """Whether it is the tag of a kind, such as ``holder.enrolled``."""
    return _KIND.accepts(value)


def is_fact_key(value: object) -> TypeGuard[str]:
    """Whether it is the key of a public fact, such as ``duration_minutes``."""
    return _FACT_KEY.accepts(value)


def is_day(value: object) -> TypeGuard[str]:
    """Whether it is a real day from ``0001-01-01`` to ``9999-12-31``."""
    return _DAY.accepts(value)


def is_capacity(value: object) -> TypeGuard[str]:
    """Whether it is a capacity to post in: ``app:…``, ``staff:…:n``, ``member``, ``system``."""
    return _CAPACITY.accepts(value)


def is_blinded(value: object) -> TypeGuard[str]:
    """Whether it is the canonical base64url, without padding, of 32 bytes."""
    # None comes twice, so none is remembered.
    return isinstance(value, str) and _BLINDED.pattern.fullmatch(value) is not None


def is_origin(value: object) -> TypeGuard[str]:
    """Whether it can be the origin of a book: ``host/log/<slug>`` or ``host:port/log/<slug>``."""
    return _ORIGIN.accepts(value)


def is_reference(value: object) -> TypeGuard[str]:
    """Whether it is an account reference: a code, or a code, ``#`` and a blinded part."""
    if not isinstance(value, str):
        return False
    account, mark, part = value.partition("#")
    return _CODE.accepts(account) and (not mark or is_blinded(part))


def check_code(sort: Sort, value: object, *, field: str) -> None:
    """Raise :class:`MalformedError` at ``field`` unless the value is a name of this sort."""
    grammar = _GRAMMARS[sort]
    if not grammar.accepts(value):
        raise MalformedError(field, f"must be {grammar.wanted}")


def split_reference(reference: str) -> tuple[str, str]:
    """Split a well-formed account reference into account code and blinded part.

    ``members#x3k…`` gives ``("members", "x3k…")``; of a public account the part is ``""``.
    """
    account, _, part = reference.partition("#")
    return account, part


def join_reference(account: str, part: str = "") -> str:
    """Join what :func:`split_reference` splits."""
    return f"{account}#{part}" if part else account
