"""Holds 冻结 to be read: what is set aside, how much of it is left, until when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from timebank.errors import UnknownEntryError
from timebank.services.entries import decode
from timebank.services.installation import Installation
from timebank.services.pages import LIMIT, Page, check_limit
from timebank.services.views import View, view
from timebank.store import holds
from timebank.store.entries import Wanted, read_entries
from timebank.store.parties import read_parties
from timebank.store.seqs import CHUNK

_HOLDS = Wanted(kind="hold")
_TO = 1


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount on hold, in smallest units; ``remaining`` is 0 when all of it went on or back.

    ``expires`` is the last day on which it can be settled, None where it has none. ``member_id``
    is None where it was not asked for, and where its owner was forgotten.
    """

    seq: int
    member_id: str | None
    commodity: str
    amount: int
    remaining: int
    day: str
    expires: str | None


def list_holds(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    *,
    member_id: str | None = None,
    after: int = -1,
    limit: int = LIMIT,
    private: bool = False,
) -> Page[Hold, int]:
    """Open holds after the seq ``after``, in order: all of them, or those of one member.

    To ask for those of a member, or with ``private`` whose they are, is private. Raises
    UnknownMemberError.
    """
    check_limit(limit)
    with view(installation, slug) as seen:
        if member_id is None:
            seqs = holds.iterate_open(seen.connection, seen.book.book_id, after=after)
        else:
            number = seen.number_of(member_id)
            seqs = holds.iterate_of_holder(seen.connection, seen.book.book_id, number, after=after)
        found = list(islice(_open_holds(seen, seqs, private=private), limit + 1))
    items = tuple(found[:limit])
    return Page(items, items[-1].seq if len(found) > limit else None)


def get_hold(installation: Installation, slug: str, seq: int, *, private: bool = False) -> Hold:
    """The hold with this seq, open or not; ``private`` asks whose it is.

    Raises UnknownEntryError where the entry is no hold.
    """
    with view(installation, slug) as seen:
        remaining = holds.read_remaining(seen.connection, seen.book.book_id, [seq])
        found = _read(seen, {seq: remaining.get(seq, 0)}, private=private)
    if not found:
        raise UnknownEntryError(seq)
    return found[0]


def _open_holds(seen: View, seqs: Iterable[int], *, private: bool) -> Iterator[Hold]:
    rest = iter(seqs)
    while chunk := list(islice(rest, CHUNK)):
        left = holds.read_remaining(seen.connection, seen.book.book_id, chunk)
        yield from _read(seen, left, private=private)


def _read(seen: View, left: dict[int, int], *, private: bool) -> list[Hold]:
    """The holds among these entries, in order, given what is left of each."""
    book_id = seen.book.book_id
    owners = {
        party.seq: party.member_id
        for party in (read_parties(seen.connection, book_id, list(left)) if private else ())
        if party.side == _TO and not party.forgotten
    }
    found = []
    for stored in read_entries(seen.connection, book_id, left, _HOLDS):
        entry = decode(stored)
        leg = entry.legs[0]
        found.append(
            Hold(
                seq=stored.seq,
                member_id=owners.get(stored.seq),
                commodity=leg.commodity,
                amount=leg.amount,
                remaining=left[stored.seq],
                day=stored.day,
                expires=entry.public.get("expires"),
            )
        )
    return found
