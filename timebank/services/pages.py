"""Pages: a part of a list, and where the next part begins."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from timebank.errors import MalformedError

LIMIT: Final = 100
LIMIT_MAX: Final = 1_000

T = TypeVar("T")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Page(Generic[T, C]):
    """Items in order. ``after`` is what to ask the next page by, None where there is none."""

    items: tuple[T, ...]
    after: C | None


def check_limit(limit: int) -> None:
    """Raise MalformedError unless a page may have so many items."""
    if not 1 <= limit <= LIMIT_MAX:
        raise MalformedError("limit", f"must be from 1 to {LIMIT_MAX}")
