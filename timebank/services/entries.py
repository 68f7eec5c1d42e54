"""Entries to be read: by seq and in pages, who stands behind them, what their seals hide.

The log itself is public. Who is behind a reference and what is behind a seal is private: the
caller sees to it who may ask.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from timebank.errors import LogBrokenError, NotCanonicalError, UnknownEntryError
from timebank.ledger import encoding, seals
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Entry
from timebank.services.installation import Installation
from timebank.services.pages import LIMIT, Page, check_limit
from timebank.services.views import View, check_days, view
from timebank.store import entries
from timebank.store.balances import Scope
from timebank.store.entries import Wanted
from timebank.store.openings import parties_of, unpack_opening
from timebank.store.parties import read_openings, read_parties, read_wrapped_keys
from timebank.store.scanning import StoredEntry

Parties = Mapping[tuple[int, int], str]
"""Member ids by (leg, side), side 0 for *from* and 1 for *to*; who was forgotten is not there."""


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry in the log. ``body`` is its bytes as stored, ``leaf`` their leaf hash.

    ``reversed_by`` is the seq of its reversal, ``parties`` is None where it was not asked for.
    """

    entry: Entry
    body: bytes
    leaf: bytes
    reversed_by: int | None
    parties: Parties | None

    @property
    def seq(self) -> int:
        """The place of the entry in its book."""
        return self.entry.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries: all conditions that are given hold of each.

    ``account`` is one that a leg moves, ``commodity`` what a leg moves, both together of one leg;
    ``first`` and ``last`` are days, both included. To ask by ``member_id`` is private.
    """

    account: str | None = None
    member_id: str | None = None
    commodity: str | None = None
    kind: str | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedSeal:
    """A seal of an entry with what opens it; both are None where that was erased."""

    seal: str
    salt: bytes | None
    details: Mapping[str, Any] | None


def get_entry(
    installation: Installation, slug: str, seq: int, *, private: bool = False
) -> RecordedEntry:
    """The entry with this seq; ``private`` asks for who is behind it. Raises UnknownEntryError."""
    with view(installation, slug) as seen:
        return _record(seen, _find(seen, seq), private=private)[0]


def list_entries(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    wanted: EntryFilter,
    *,
    after: int = -1,
    limit: int = LIMIT,
    private: bool = False,
) -> Page[RecordedEntry, int]:
    """The entries that are wanted after the seq ``after``, in order.

    New entries come at the end, so a page stays what it was. Where the wanted ones are rare, a
    page may have fewer than ``limit``, even none, and yet say after what to go on. ``private``
    asks for who is behind them. Raises UnknownAccountError, UnknownMemberError, MalformedError.
    """
    check_limit(limit)
    with view(installation, slug) as seen:
        found, more = entries.read_page(
            seen.connection, seen.book.book_id, _wanted(seen, wanted), after=after, limit=limit
        )
        return Page(_record(seen, found, private=private), more)


def holders_behind(installation: Installation, slug: str, seq: int) -> Parties:
    """Who stands behind the legs of an entry. Private. Raises UnknownEntryError."""
    with view(installation, slug) as seen:
        _find(seen, seq)
        return _parties(seen, [seq])[seq]


def open_seals(installation: Installation, slug: str, seq: int) -> tuple[OpenedSeal, ...]:
    """What the seals of an entry hide: exact time, parties, memo. Private.

    Raises UnknownEntryError, and ProofError where what is kept does not open a seal.
    """
    with view(installation, slug) as seen:
        stored = _find(seen, seq)[0]
        entry = decode(stored)
        ciphertexts = read_openings(seen.connection, seen.book.book_id, seq)
        data_keys = _data_keys(installation, seen, entry) if ciphertexts else None
    if data_keys is None:
        return tuple(_sealed(seal) for seal in entry.seals)
    vault = installation.vault.book(seen.book.origin)
    return tuple(
        _open(entry, index, vault.decrypt_opening(seq, index, data_keys, ciphertexts[index]))
        if index in ciphertexts
        else _sealed(seal)
        for index, seal in enumerate(entry.seals)
    )


def decode(stored: StoredEntry) -> Entry:
    """Read a stored entry. Raises LogBrokenError where its bytes are not what was written."""
    try:
        return decode_entry(stored.body)
    except NotCanonicalError as error:
        raise LogBrokenError(stored.seq, str(error)) from error


def _find(seen: View, seq: int) -> list[StoredEntry]:
    found = entries.read_entries(seen.connection, seen.book.book_id, [seq])
    if not found:
        raise UnknownEntryError(seq)
    return found


def _wanted(seen: View, wanted: EntryFilter) -> Wanted:
    scope = days = None
    if wanted.first is not None or wanted.last is not None:
        days = check_days(wanted.first, wanted.last)
    if wanted.account is not None:
        seen.check_account(wanted.account)
    if (wanted.account, wanted.member_id, wanted.commodity) != (None, None, None):
        holder = 0 if wanted.member_id is None else seen.number_of(wanted.member_id)
        scope = Scope(holder=holder, account=wanted.account, commodity=wanted.commodity)
    return Wanted(scope=scope, kind=wanted.kind, days=days)


def _record(
    seen: View, found: Collection[StoredEntry], *, private: bool
) -> tuple[RecordedEntry, ...]:
    seqs = [stored.seq for stored in found]
    reversals = entries.read_reversals(seen.connection, seen.book.book_id, seqs)
    parties = _parties(seen, seqs) if private else {}
    return tuple(
        RecordedEntry(
            entry=decode(stored),
            body=stored.body,
            leaf=stored.leaf,
            reversed_by=reversals.get(stored.seq),
            parties=parties.get(stored.seq),
        )
        for stored in found
    )


def _parties(seen: View, seqs: Collection[int]) -> dict[int, dict[tuple[int, int], str]]:
    behind: dict[int, dict[tuple[int, int], str]] = {seq: {} for seq in seqs}
    for party in read_parties(seen.connection, seen.book.book_id, seqs):
        if not party.forgotten:
            behind[party.seq][party.leg, party.side] = party.member_id
    return behind


def _data_keys(installation: Installation, seen: View, entry: Entry) -> dict[int, bytes] | None:
    """The data keys of all parties of an entry, or None where one of them was forgotten."""
    book_id = seen.book.book_id
    behind = {
        (party.leg, party.side): party.holder
        for party in read_parties(seen.connection, book_id, [entry.seq])
    }
    owners = tuple(
        (behind.get((leg, 0), 0), behind.get((leg, 1), 0)) for leg in range(len(entry.legs))
    )
    numbers = parties_of(entry, owners)
    vault = installation.vault.book(seen.book.origin)
    found = {}
    for number, wrapped in read_wrapped_keys(seen.connection, book_id, numbers).items():
        keys = vault.unwrap_holder_keys(number, wrapped)
        if keys is not None:
            found[number] = keys.data
    return found if found.keys() == numbers else None


def _open(entry: Entry, index: int, plaintext: bytes) -> OpenedSeal:
    seal = entry.seals[index]
    opening = unpack_opening(plaintext)
    seals.verify_opening(seal, opening, origin=entry.book, seq=entry.seq, index=index)
    assert isinstance(opening.details, dict), "the flows seal objects"
    return OpenedSeal(encoding.to_base64(seal), opening.salt, opening.details)


def _sealed(seal: bytes) -> OpenedSeal:
    """A seal of which nobody can tell any more what it hides."""
    return OpenedSeal(encoding.to_base64(seal), None, None)
