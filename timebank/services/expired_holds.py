"""Expired holds: what is set aside beyond its last day goes back to its owner.

This is for the operator to have done once a day. It may be done at any time, twice or by several
at once: whatever is left of a hold is decided under the lock of its book, and a hold of which
nothing is left is left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from timebank.errors import NothingLeftError, TimebankError
from timebank.flows.holds import Release
from timebank.services.books import find_book
from timebank.services.holds import Hold, list_holds
from timebank.services.installation import Installation
from timebank.services.pages import LIMIT_MAX
from timebank.services.posting import Posting, post_batch

BATCH: Final = 100
"""How many holds are released in one transaction, so that nobody waits long."""

_BY_SYSTEM: Final = ("system",)


@dataclass(frozen=True, slots=True)
class Released:
    """How many expired holds went back, and what spoke against the others, by their seqs."""

    count: int
    refused: tuple[tuple[int, TimebankError], ...]


def release_expired(installation: Installation, slug: str) -> Released:
    """Release all holds of a book whose last day is over, by the day of its time zone.

    Raises UnknownBookError, ClockJumpError and BusyError.
    """
    today = installation.clock.today(find_book(installation, slug).time_zone)
    expired = (hold.seq for hold in _open_holds(installation, slug) if _is_over(hold, today))
    count = 0
    refused: list[tuple[int, TimebankError]] = []
    while seqs := list(islice(expired, BATCH)):
        postings = [Posting(command=Release(hold=seq), by=_BY_SYSTEM) for seq in seqs]
        outcomes = post_batch(installation, slug, postings, atomic=False)
        for seq, outcome in zip(seqs, outcomes, strict=True):
            if not isinstance(outcome, TimebankError):
                count += 1
            elif not isinstance(outcome, NothingLeftError):
                refused.append((seq, outcome))
    return Released(count, tuple(refused))


def _open_holds(installation: Installation, slug: str) -> Iterator[Hold]:
    after: int | None = -1
    while after is not None:
        page = list_holds(installation, slug, after=after, limit=LIMIT_MAX)
        yield from page.items
        after = page.after


def _is_over(hold: Hold, today: str) -> bool:
    return hold.expires is not None and hold.expires < today
