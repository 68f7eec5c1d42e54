"""What is kept for the book outside its log: keys, contact records, the directory, old requests."""

from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger import notes
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Holder
from timebank.services.owners import Keys
from timebank.services.verification.log import LogCheck
from timebank.services.verification.report import Findings
from timebank.services.verification.rows import Shape, compare_rows
from timebank.store.books import Book
from timebank.store.scanning import Scanner
from timebank.store.tables import contacts, holder_keys, holders, idempotency, signing_keys
from timebank.store.vault import BookVault

_VKEYS: Final = Shape.of(signing_keys, "vkey")
_UNREADABLE: Final = "does not decrypt with the installation key"


class PrivateCheck:
    """Checks what can only be checked with the secrets of the installation."""

    def __init__(
        self, scanner: Scanner, book: Book, keys: Keys, vault: BookVault, findings: Findings
    ) -> None:
        """Take the keys as they were read."""
        self._scanner = scanner
        self._book = book
        self._keys = keys
        self._vault = vault
        self._findings = findings
        self._number_digests: dict[int, bytes | None] = {}
        """Of each holder there is, forgotten or not."""

    def run(self, log: LogCheck) -> None:
        """Check everything, after the log was followed."""
        self._check_directory()
        self._check_holders(log.replay.state.holders)
        self._check_contacts()
        self._check_vkeys(log)
        self._check_signing_keys()
        names = ("app", "key_digest", "seq")
        for app, digest, seq in self._scanner.rows_from_seq(idempotency, names, log.size):
            key = {"app": app, "key_digest": digest.hex()}
            self._findings.add(idempotency.name, key, "seq", f"names entry {seq}: there is none")

    def _check_directory(self) -> None:
        """Compare the directory with the first entry; its origin was compared before."""
        try:
            facts = decode_entry(self._scanner.body(0)).public
        except NotCanonicalError:
            return  # Replay has said so.
        for name in ("title", "time_zone"):
            found = getattr(self._book, name)
            if found != facts.get(name):
                key = {"slug": self._book.slug}
                self._findings.differs("books", key, name, found=found, expected=facts.get(name))

    def _check_holders(self, enrolled: dict[int, Holder]) -> None:
        for number, digest, forgotten in self._scanner.rows(
            holders, ("holder", "number_digest", "forgotten")
        ):
            self._number_digests[number] = digest
            holder = enrolled.get(number)
            if holder:
                self._check_keys(holder)
            if forgotten != (number in self._keys.forgotten):
                problem = "does not agree with holder_keys, where the keys are "
                problem += "not erased" if forgotten else "erased"
                self._findings.add(holders.name, {"holder": number}, "forgotten", problem)
        for number in sorted(self._keys.numbers() - self._number_digests.keys()):
            self._findings.extra(holder_keys.name, {"holder": number})

    def _check_keys(self, holder: Holder) -> None:
        number, keys = holder.number, self._keys
        key = {"holder": number}
        if number in keys.unreadable:
            self._findings.add(holder_keys.name, key, "wrapped", _UNREADABLE)
        elif number in keys.data:
            if not keys.proves(holder):
                problem = "is not the key that the entry published"
                self._findings.add(holder_keys.name, key, "wrapped", problem)
        elif number not in keys.forgotten:
            self._findings.missing(holder_keys.name, key)

    def _check_contacts(self) -> None:
        missing = self._keys.data.keys() & self._number_digests.keys()
        for number, ciphertext in self._scanner.rows(contacts, ("holder", "ciphertext")):
            missing.discard(number)
            problem = self._problem_of_contact(number, ciphertext)
            if problem:
                key = {"holder": number}
                self._findings.add(contacts.name, key, "ciphertext", problem)
        for number in sorted(missing):
            self._findings.missing(contacts.name, {"holder": number})

    def _problem_of_contact(self, number: int, ciphertext: bytes) -> str:
        if number not in self._number_digests:
            return "is of a holder who is not there"
        data_key = self._keys.data.get(number)
        if data_key is None:
            forgotten = number in self._keys.forgotten
            return "should have been erased: the holder was forgotten" if forgotten else ""
        try:
            record = msgspec.json.decode(
                self._vault.decrypt_contact(number, data_key, ciphertext), type=dict[str, str]
            )
        except (ConfigurationError, msgspec.MsgspecError):
            return "does not decrypt with the key of the holder"
        digest = self._number_digests[number]
        if "number" in record and digest != self._vault.number_digest(record["number"]):
            return "has another number than the digest in holders says"
        return ""

    def _check_vkeys(self, log: LogCheck) -> None:
        """Compare the verifier keys with those that the log publishes."""
        replayed = log.replay.state.size
        rows = self._scanner.rows(signing_keys, _VKEYS.names)
        found = (row for row in rows if row[0] < replayed or not log.stopped)
        compare_rows(_VKEYS, log.vkeys, found, self._findings)

    def _check_signing_keys(self) -> None:
        for seq, vkey, wrapped in self._scanner.rows(signing_keys, ("seq", "vkey", "wrapped")):
            problem = self._problem_of_signing_key(seq, vkey, wrapped)
            if problem:
                self._findings.add(signing_keys.name, {"seq": seq}, "wrapped", problem)

    def _problem_of_signing_key(self, seq: int, vkey: str, wrapped: bytes) -> str:
        try:
            private = Ed25519PrivateKey.from_private_bytes(
                self._vault.unwrap_signing_key(seq, wrapped)
            )
        except (ConfigurationError, ValueError):
            return _UNREADABLE
        public = private.public_key().public_bytes_raw()
        fits = notes.vkey(self._book.origin, public) == vkey
        return "" if fits else "is not the private key of vkey"
