"""What goes with an entry and stays out of the log: new holders, signing keys, openings."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection

from timebank.errors import AlreadyDefinedError
from timebank.ledger import encoding
from timebank.ledger.entry import Written
from timebank.ledger.model import Entry, Holder, Owners
from timebank.store.definition_rows import limits_text
from timebank.store.keychain import Keychain
from timebank.store.members import find_by_digests
from timebank.store.openings import pack_opening, parties_of
from timebank.store.requests import NewHolder, NewSigningKey
from timebank.store.rows import Rows
from timebank.store.tables import contacts, holder_keys, holders, openings, signing_keys
from timebank.store.vault import BookVault


class PrivateRows:
    """The private rows of one append."""

    def __init__(self, rows: Rows, vault: BookVault, keychain: Keychain) -> None:
        """Encrypt with the book's part of the vault."""
        self._rows = rows
        self._vault = vault
        self._keychain = keychain
        self._openings = rows.to(openings)
        self._encrypted = vault.openings()
        self._taken: set[bytes] = set()

    def load_taken(self, connection: Connection, new: Iterable[NewHolder]) -> None:
        """Read which of the numbers of these new holders are taken."""
        digests = [holder.number_digest for holder in new]
        self._taken.update(find_by_digests(connection, self._rows.book_id, digests))

    def check_holder(self, new: NewHolder) -> None:
        """Raise AlreadyDefinedError where somebody has the association's number already."""
        if new.number_digest in self._taken:
            raise AlreadyDefinedError("a member with", "this number")

    def add_holder(self, holder: Holder, new: NewHolder) -> None:
        """Add who was enrolled, with keys and contact record."""
        number = holder.number
        self._taken.add(new.number_digest)
        self._keychain.add(number, new.keys)
        self._rows.add(
            holders,
            holder=number,
            member_id=new.member_id,
            kind=holder.kind,
            key_hash=encoding.from_base64(holder.key_hash),
            number_digest=new.number_digest,
            limits=limits_text(holder.limits),
            left_seq=None,
            forgotten=False,
        )
        wrapped = self._vault.wrap_holder_keys(number, new.keys)
        self._rows.add(holder_keys, holder=number, wrapped=wrapped)
        record = msgspec.json.encode(dict(new.contact))
        ciphertext = self._vault.encrypt_contact(number, new.keys.data, record)
        self._rows.add(contacts, holder=number, ciphertext=ciphertext)

    def add_signing_key(self, entry: Entry, new: NewSigningKey) -> None:
        """Add the key that signs the log from the entry on."""
        wrapped = self._vault.wrap_signing_key(entry.seq, new.private_key)
        self._rows.add(signing_keys, seq=entry.seq, vkey=entry.public["vkey"], wrapped=wrapped)

    def add_openings(self, written: Written, owners: Owners) -> None:
        """Add the openings of an entry's seals, under the data keys of all its parties."""
        if not written.details:
            return
        seq = written.entry.seq
        data_keys = self._keychain.data_keys(parties_of(written.entry, owners))
        for seal, details in enumerate(written.details):
            packed = pack_opening(written.salts[seal], details)
            ciphertext = self._encrypted.encrypt(seq, seal, data_keys, packed)
            self._openings.append((self._rows.book_id, seq, seal, ciphertext))
