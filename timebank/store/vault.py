"""What is kept secret: wrapped keys, contact records, openings of seals, and keyed digests.

The installation key wraps the keys of holders and of logs; the data key of a holder encrypts what
is private about them. All encryption is AES-256-GCM (NIST SP 800-38D), all keys come from
HKDF-SHA256 (RFC 5869) without salt, and all digests are HMAC-SHA256.

A persisted format: a change gets a new first byte or a new label, never a new meaning.

=============  ====================================================================
value          bytes
=============  ====================================================================
ciphertext     01 ‖ nonce (12) ‖ AES-256-GCM of the plaintext ‖ tag (16)
forgotten      as many zeros, so its first byte is 00
subkey         HKDF(installation key, info = label ‖ 00 ‖ origin); of backups without origin
contact key    HKDF(data key, info = label ‖ 00 ‖ origin)
opening key    HKDF(data keys of all parties by rising number, info = label ‖ 00 ‖ origin)
=============  ====================================================================

The label says what a key is for, so no key serves two ends. The associated data of a ciphertext
is its place (holder, seq, or seq and seal), and its key is of one book and one purpose; so a
ciphertext that was put into another row, column or book does not decrypt. As the key of an opening
needs the data keys of all parties, nobody can read it once a single party is forgotten, not even
in a backup. What has no party is encrypted under a data key of the book itself.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from timebank.errors import ConfigurationError
from timebank.ledger.hashing import hmac_blocks, hmac_of, hmac_sha256, place

RandomBytes = Callable[[int], bytes]

KEY_BYTES: Final = 32
"""Length of every key, in bytes."""

_UNSALTED: Final = hmac_blocks(bytes(32))  # HKDF without salt has a salt of zeros
_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12
_OVERHEAD_BYTES: Final = 1 + _NONCE_BYTES + 16

CIPHERS_MAX: Final = 4_096
"""How many ciphers of openings are kept at once."""

WRAPPED_HOLDER_KEYS_BYTES: Final = 2 * KEY_BYTES + _OVERHEAD_BYTES
FORGOTTEN: Final = bytes(WRAPPED_HOLDER_KEYS_BYTES)
"""What stands in place of the wrapped keys of a holder who was forgotten."""


class HolderKeys:
    """The keys of a member, carrier or stall, 32 bytes each, which its ``repr`` does not show.

    ``viewing`` is K of docs/FORMAT.md, which finds the holder's legs; ``data`` is for what is
    private about the holder. Both are gone when the holder is forgotten.
    """

    __slots__ = ("data", "viewing")

    def __init__(self, viewing: bytes, data: bytes) -> None:
        """Take both; all that is unwrapped for an append is made in one step."""
        self.viewing: Final = viewing
        self.data: Final = data


class Vault:
    """All secrets of one installation, by book."""

    def __init__(self, installation_key: bytes, random_bytes: RandomBytes = os.urandom) -> None:
        """Open the vault with 32 bytes. Raises :class:`ConfigurationError` on another length."""
        if len(installation_key) != KEY_BYTES:
            raise ConfigurationError("installation key", f"must be {KEY_BYTES} bytes")
        info = b"timebank/backups/v1\0"
        self._backup_key = _hkdf(installation_key, info)
        self._books: Callable[[str], BookVault] = lru_cache(maxsize=None)(
            lambda origin: BookVault(installation_key, origin, random_bytes)
        )

    def book(self, origin: str) -> "BookVault":
        """Give the part of the vault that belongs to the book of this origin."""
        return self._books(origin)

    def backup_seal(self, digest: bytes) -> bytes:
        """HMAC of the sum of a backup, by which an installation knows its own; 32 bytes."""
        return hmac.digest(self._backup_key, digest, "sha256")


class BookVault:
    """The secrets of one book. ``holder`` is a number in the ledger, ``seq`` that of an entry."""

    def __init__(self, installation_key: bytes, origin: str, random_bytes: RandomBytes) -> None:
        """Take what all keys of the book are made from; use :meth:`Vault.book`."""
        self._origin = origin
        self._random_bytes = random_bytes
        self._opening_info = self._info("timebank/openings/v1")

        def subkey(label: str) -> bytes:
            """The key for one purpose, made from that of the installation."""
            return self._derive(installation_key, label)

        self._holder_cipher = AESGCM(subkey("timebank/holder-keys/v1"))
        self._signing_cipher = AESGCM(subkey("timebank/signing-keys/v1"))
        self._book_data_key = subkey("timebank/book-data/v1")
        self._number_mac = hmac_blocks(subkey("timebank/numbers/v1"))
        self._idempotency_mac = hmac_blocks(subkey("timebank/idempotency-keys/v1"))
        self._request_mac = hmac_blocks(subkey("timebank/requests/v1"))

    def new_holder_keys(self, random_bytes: RandomBytes | None = None) -> HolderKeys:
        """Make the keys of a new holder; from another source than the vault's own, if given."""
        random_bytes = random_bytes or self._random_bytes
        return HolderKeys(random_bytes(KEY_BYTES), random_bytes(KEY_BYTES))

    def wrap_holder_keys(self, holder: int, keys: HolderKeys) -> bytes:
        """Encrypt the keys of a holder to be stored; 93 bytes."""
        return self._encrypt(self._holder_cipher, keys.viewing + keys.data, place(holder, 0))

    def unwrap_holder_keys(self, holder: int, wrapped: bytes) -> HolderKeys | None:
        """Decrypt the keys of a holder; None when the holder was forgotten.

        Raises :class:`ConfigurationError` when these are not the holder's or the installation
        key is another one.
        """
        if wrapped == FORGOTTEN:
            return None
        keys = _decrypt(self._holder_cipher, wrapped, place(holder, 0), "the keys of a holder")
        return HolderKeys(keys[:KEY_BYTES], keys[KEY_BYTES:])

    def wrap_signing_key(self, seq: int, private_key: bytes) -> bytes:
        """Encrypt the private key that signs the log from the entry ``seq`` on."""
        return self._encrypt(self._signing_cipher, private_key, place(seq, 0))

    def unwrap_signing_key(self, seq: int, wrapped: bytes) -> bytes:
        """Decrypt a private key. Raises :class:`ConfigurationError` when it is not that one."""
        return _decrypt(self._signing_cipher, wrapped, place(seq, 0), "the signing key of a log")

    def encrypt_contact(self, holder: int, data_key: bytes, record: bytes) -> bytes:
        """Encrypt the contact record of a holder under the holder's data key."""
        return self._encrypt(self._contact_cipher(data_key), record, place(holder, 0))

    def decrypt_contact(self, holder: int, data_key: bytes, ciphertext: bytes) -> bytes:
        """Decrypt a contact record. Raises :class:`ConfigurationError` when it is not that one."""
        cipher = self._contact_cipher(data_key)
        return _decrypt(cipher, ciphertext, place(holder, 0), "a contact record")

    def encrypt_opening(
        self, seq: int, seal: int, data_keys: Mapping[int, bytes], opening: bytes
    ) -> bytes:
        """Encrypt the opening of a seal, given the data keys of all parties by their numbers."""
        return self.openings().encrypt(seq, seal, data_keys, opening)

    def decrypt_opening(
        self, seq: int, seal: int, data_keys: Mapping[int, bytes], ciphertext: bytes
    ) -> bytes:
        """Decrypt an opening. Raises :class:`ConfigurationError` when it is not that one.

        That is so also when the data keys are not those of all parties: the caller sees first
        whether one of them was forgotten.
        """
        return self.openings().decrypt(seq, seal, data_keys, ciphertext)

    def openings(self) -> "Openings":
        """Give what encrypts and decrypts the openings of one append, or of one verification."""
        return Openings(self._random_bytes, self._opening_info, self._book_data_key)

    def number_digest(self, number: str) -> bytes:
        """HMAC of the association's own number of a holder, to look it up by; 32 bytes."""
        return hmac_of(self._number_mac, number.encode())

    def key_digest(self, app: str, idempotency_key: str) -> bytes:
        """HMAC(app ‖ 00 ‖ key) of an idempotency key of an app; 32 bytes."""
        return hmac_of(self._idempotency_mac, f"{app}\0{idempotency_key}".encode())

    def request_digest(self, method: str, path: str, command: bytes) -> bytes:
        """HMAC(method ‖ 00 ‖ path ‖ 00 ‖ command), to tell a repeated request from another one.

        The command is in some canonical form; 32 bytes.
        """
        return hmac_of(self._request_mac, f"{method}\0{path}\0".encode() + command)

    def _contact_cipher(self, data_key: bytes) -> AESGCM:
        return AESGCM(self._derive(data_key, "timebank/contacts/v1"))

    def _derive(self, material: bytes, label: str) -> bytes:
        """HKDF-SHA256(material, info = label ‖ 00 ‖ origin), 32 bytes."""
        return _hkdf(material, self._info(label))

    def _info(self, label: str) -> bytes:
        return f"{label}\0{self._origin}".encode()

    def _encrypt(self, cipher: AESGCM, plaintext: bytes, associated: bytes) -> bytes:
        return _encrypt(cipher, self._random_bytes(_NONCE_BYTES), plaintext, associated)


class Openings:
    """Encrypts and decrypts openings, and keeps the ciphers of the same parties.

    It is dropped with the append or the verification that it was made for. So nothing that comes
    from the key of a person stays in the memory of any process when that person is forgotten.
    """

    def __init__(self, random_bytes: RandomBytes, info: bytes, book_data_key: bytes) -> None:
        """Take what all keys of openings are made from; use :meth:`BookVault.openings`."""
        self._random_bytes = random_bytes
        self._info = info
        self._book_data_key = book_data_key
        # Making a key and its cipher takes longer than encrypting an opening with it.
        self._ciphers: dict[bytes, AESGCM] = {}

    def encrypt(self, seq: int, seal: int, data_keys: Mapping[int, bytes], opening: bytes) -> bytes:
        """Do as :meth:`BookVault.encrypt_opening` does."""
        cipher, nonce = self._cipher_of(data_keys), self._random_bytes(_NONCE_BYTES)
        return _encrypt(cipher, nonce, opening, place(seq, seal))

    def decrypt(
        self, seq: int, seal: int, data_keys: Mapping[int, bytes], ciphertext: bytes
    ) -> bytes:
        """Do as :meth:`BookVault.decrypt_opening` does."""
        cipher = self._cipher_of(data_keys)
        return _decrypt(cipher, ciphertext, place(seq, seal), "the opening of a seal")

    def _cipher_of(self, data_keys: Mapping[int, bytes]) -> AESGCM:
        material = [data_keys[holder] for holder in sorted(data_keys)] or [self._book_data_key]
        joined = b"".join(material)
        cipher = self._ciphers.get(joined)
        if cipher is None:
            if len(self._ciphers) == CIPHERS_MAX:
                self._ciphers.clear()
            cipher = self._ciphers[joined] = AESGCM(_hkdf(joined, self._info))
        return cipher


def _encrypt(cipher: AESGCM, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    return _FORMAT + nonce + cipher.encrypt(nonce, plaintext, associated)


def _hkdf(material: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 without salt, 32 bytes: one block, so extract and expand are an HMAC each."""
    return hmac_sha256(hmac_of(_UNSALTED, material), info + b"\x01")


def _decrypt(cipher: AESGCM, ciphertext: bytes, associated: bytes, what: str) -> bytes:
    nonce, body = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
    try:
        if ciphertext[:1] == _FORMAT:
            return cipher.decrypt(nonce, body, associated)
    except (InvalidTag, ValueError) as error:
        raise _unreadable(what) from error
    raise _unreadable(what)


def _unreadable(what: str) -> ConfigurationError:
    reason = f"does not fit {what}: it is another key, or the database was altered"
    return ConfigurationError("installation key", reason)
