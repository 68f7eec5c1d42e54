"""Openings: what is behind the seals of each entry, unless one of its parties was forgotten."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger.encoding import decode
from timebank.ledger.model import Entry, Owners
from timebank.ledger.seals import commitment_of_bytes
from timebank.services.owners import Keys
from timebank.services.verification.report import Findings
from timebank.services.verification.rows import Shape
from timebank.store.driver import Row
from timebank.store.openings import SALT_BYTES, parties_of
from timebank.store.tables import openings
from timebank.store.vault import BookVault

_TABLE: Final = openings.name
OPENINGS: Final = Shape.of(openings).names
"""The columns of the rows that are asked for here."""


class OpeningsCheck:
    """Checks that each seal has its opening, and that those of the forgotten are gone."""

    def __init__(self, origin: str, keys: Keys, vault: BookVault, findings: Findings) -> None:
        """Start before the first entry."""
        self._origin = origin
        self._keys = keys
        self._openings = vault.openings()
        self._findings = findings
        self._found: dict[tuple[int, int], bytes] = {}

    def begin(self, rows: Iterable[Row], proved: Container[int] = ()) -> None:
        """Go on to the next entries, with all rows that belong to their seqs.

        The openings of those in ``proved`` were found to be right already.
        """
        self._found = {
            (seq, seal): ciphertext for seq, seal, ciphertext in rows if seq not in proved
        }

    def check(self, entry: Entry, owners: Owners) -> None:
        """Check the openings of an entry that has seals."""
        seq, keys = entry.seq, self._keys
        parties = parties_of(entry, owners)
        data_keys = {party: keys.data[party] for party in parties if party in keys.data}
        unreadable = len(data_keys) < len(parties)
        forgotten = unreadable and not parties.isdisjoint(keys.forgotten)
        for seal in range(len(entry.seals)):
            ciphertext = self._found.pop((seq, seal), None)
            if forgotten and ciphertext is not None:
                self._add(seq, seal, "should have been erased: a party was forgotten")
            elif ciphertext is None and not forgotten:
                self._findings.missing(_TABLE, {"seq": seq, "seal": seal})
            elif ciphertext is not None and not unreadable:
                self._open(entry, seal, data_keys, ciphertext)

    def unasked(self) -> Iterator[int]:
        """The seqs of openings that no entry has asked for, in no order and maybe repeatedly."""
        return (seq for seq, _ in self._found)

    def finish(self, replayed: int) -> None:
        """Find openings of seals that are not there, up to where replay came."""
        for seq, seal in self._found:
            if seq < replayed:
                self._findings.extra(_TABLE, {"seq": seq, "seal": seal})

    def check_tail(self, rows: Iterable[Row]) -> None:
        """Find openings of entries that are not there."""
        for seq, seal, _ in rows:
            self._findings.extra(_TABLE, {"seq": seq, "seal": seal})

    def _open(
        self, entry: Entry, seal: int, data_keys: Mapping[int, bytes], ciphertext: bytes
    ) -> None:
        seq = entry.seq
        try:
            packed = self._openings.decrypt(seq, seal, data_keys, ciphertext)
            salt, details = packed[:SALT_BYTES], packed[SALT_BYTES:]
            decode(details)
        except ConfigurationError:
            self._add(seq, seal, "does not decrypt with the keys of its parties")
            return
        except NotCanonicalError:
            self._add(seq, seal, "does not open the seal")
            return
        # What can be decoded is canonical, so these bytes are those that its details have.
        found = commitment_of_bytes(salt, self._origin, seq, seal, details)
        if found != entry.seals[seal]:
            self._add(seq, seal, "does not open the seal")

    def _add(self, seq: int, seal: int, problem: str) -> None:
        self._findings.add(_TABLE, {"seq": seq, "seal": seal}, "ciphertext", problem)
