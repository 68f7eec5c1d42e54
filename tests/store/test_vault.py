"""Secrets: what belongs elsewhere, or to somebody forgotten, cannot be read."""

import gc
import hashlib
import hmac
import itertools

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from timebank.errors import ConfigurationError
from timebank.store.tables import holder_keys
from timebank.store.vault import (
    FORGOTTEN,
    WRAPPED_HOLDER_KEYS_BYTES,
    BookVault,
    HolderKeys,
    Vault,
)

ORIGIN = "example.org/log/cuizhuyuan"
KEYS = HolderKeys(viewing=b"v" * 32, data=b"d" * 32)
INSTALLATION_KEY = bytes(range(32))


@pytest.fixture
def vault() -> BookVault:
    """Open the vault of a book."""
    return Vault(INSTALLATION_KEY).book(ORIGIN)


def test_wrapped_keys_come_back(vault: BookVault) -> None:
    wrapped = vault.wrap_holder_keys(7, KEYS)
    unwrapped = vault.unwrap_holder_keys(7, wrapped)
    assert unwrapped is not None
    assert (unwrapped.viewing, unwrapped.data) == (KEYS.viewing, KEYS.data)
    assert KEYS.viewing not in wrapped


def test_wrapped_keys_of_another_holder_are_refused(vault: BookVault) -> None:
    with pytest.raises(ConfigurationError, match="the keys of a holder"):
        vault.unwrap_holder_keys(8, vault.wrap_holder_keys(7, KEYS))


def test_wrapped_keys_of_another_book_are_refused(vault: BookVault) -> None:
    other = Vault(INSTALLATION_KEY).book("example.org/log/other")
    with pytest.raises(ConfigurationError, match="installation key"):
        other.unwrap_holder_keys(7, vault.wrap_holder_keys(7, KEYS))


def test_another_installation_key_is_refused(vault: BookVault) -> None:
    other = Vault(bytes(32)).book(ORIGIN)
    with pytest.raises(ConfigurationError, match="another key"):
        other.unwrap_holder_keys(7, vault.wrap_holder_keys(7, KEYS))


def test_ciphertext_for_another_purpose_is_refused(vault: BookVault) -> None:
    wrapped = vault.wrap_signing_key(7, KEYS.viewing + KEYS.data)
    with pytest.raises(ConfigurationError):
        vault.unwrap_holder_keys(7, wrapped)


def test_every_changed_byte_is_noticed(vault: BookVault) -> None:
    wrapped = vault.wrap_holder_keys(7, KEYS)
    for place in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(ConfigurationError):
            vault.unwrap_holder_keys(7, bytes(altered))


@pytest.mark.parametrize("length", range(0, 93, 8))
def test_shortened_ciphertext_is_refused(vault: BookVault, length: int) -> None:
    with pytest.raises(ConfigurationError):
        vault.unwrap_holder_keys(7, vault.wrap_holder_keys(7, KEYS)[:length])


def test_forgotten_holder_has_no_keys(vault: BookVault) -> None:
    assert vault.unwrap_holder_keys(7, FORGOTTEN) is None


def test_forgotten_keys_fit_where_the_keys_stood(vault: BookVault) -> None:
    assert len(vault.wrap_holder_keys(7, KEYS)) == len(FORGOTTEN) == WRAPPED_HOLDER_KEYS_BYTES
    (check,) = [c for c in holder_keys.constraints if c.name == "ck_holder_keys_wrapped"]
    assert f"= {WRAPPED_HOLDER_KEYS_BYTES}" in str(getattr(check, "sqltext", ""))


def test_signing_key_comes_back_only_at_its_place(vault: BookVault) -> None:
    wrapped = vault.wrap_signing_key(0, b"private")
    assert vault.unwrap_signing_key(0, wrapped) == b"private"
    with pytest.raises(ConfigurationError, match="the signing key of a log"):
        vault.unwrap_signing_key(9, wrapped)


def test_contact_record_is_read_with_the_data_key_of_its_holder(vault: BookVault) -> None:
    record = b'{"name":"Ada"}'
    ciphertext = vault.encrypt_contact(7, KEYS.data, record)
    assert vault.decrypt_contact(7, KEYS.data, ciphertext) == record
    assert b"Ada" not in ciphertext
    for holder, data_key in ((8, KEYS.data), (7, KEYS.viewing)):
        with pytest.raises(ConfigurationError, match="a contact record"):
            vault.decrypt_contact(holder, data_key, ciphertext)


def test_opening_is_read_with_the_data_keys_of_all_parties_in_any_order(vault: BookVault) -> None:
    parties = {12: b"a" * 32, 7: b"b" * 32, 9: b"c" * 32}
    ciphertext = vault.encrypt_opening(20, 0, parties, b"details")
    for order in itertools.permutations(parties.items()):
        assert vault.decrypt_opening(20, 0, dict(order), ciphertext) == b"details"


@pytest.mark.parametrize("forgotten", [7, 9, 12])
def test_opening_cannot_be_read_once_one_party_is_forgotten(
    vault: BookVault, forgotten: int
) -> None:
    parties = {12: b"a" * 32, 7: b"b" * 32, 9: b"c" * 32}
    ciphertext = vault.encrypt_opening(20, 0, parties, b"details")
    left = {holder: key for holder, key in parties.items() if holder != forgotten}
    for data_keys in (left, left | {forgotten: bytes(32)}, {}):
        with pytest.raises(ConfigurationError, match="the opening of a seal"):
            vault.decrypt_opening(20, 0, data_keys, ciphertext)


@pytest.mark.parametrize(("seq", "seal"), [(21, 0), (20, 1)])
def test_opening_of_another_seal_is_refused(vault: BookVault, seq: int, seal: int) -> None:
    ciphertext = vault.encrypt_opening(20, 0, {7: KEYS.data}, b"details")
    with pytest.raises(ConfigurationError):
        vault.decrypt_opening(seq, seal, {7: KEYS.data}, ciphertext)


def test_opening_without_parties_is_of_the_book(vault: BookVault) -> None:
    ciphertext = vault.encrypt_opening(20, 0, {}, b"details")
    assert vault.decrypt_opening(20, 0, {}, ciphertext) == b"details"
    with pytest.raises(ConfigurationError):
        Vault(INSTALLATION_KEY).book("example.org/log/b").decrypt_opening(20, 0, {}, ciphertext)


def test_openings_of_many_parties_are_read_however_few_ciphers_are_kept(
    vault: BookVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    openings = vault.openings()
    pairs = [{number: KEYS.data, number + 1: bytes([number]) * 32} for number in range(20)]
    written = [openings.encrypt(seq, 0, pair, b"details") for seq, pair in enumerate(pairs)]
    monkeypatch.setattr("timebank.store.vault.CIPHERS_MAX", 3)
    few = vault.openings()
    for _ in range(2):
        for seq, pair in enumerate(pairs):
            assert few.decrypt(seq, 0, pair, written[seq]) == b"details"


def test_nothing_of_a_key_stays_once_openings_are_done(vault: BookVault) -> None:
    gc.collect()
    gc.disable()
    try:
        vault.openings().encrypt(20, 0, {7: KEYS.data}, b"details")
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_same_plaintext_never_looks_the_same(vault: BookVault) -> None:
    assert len({vault.encrypt_opening(20, 0, {}, b"details") for _ in range(100)}) == 100


def test_randomness_is_an_argument() -> None:
    vault = Vault(INSTALLATION_KEY, lambda length: b"n" * length).book(ORIGIN)
    keys = vault.new_holder_keys()
    assert (keys.viewing, keys.data) == (b"n" * 32, b"n" * 32)
    assert vault.encrypt_opening(1, 0, {}, b"") == vault.encrypt_opening(1, 0, {}, b"")


def test_bytes_are_those_of_the_description() -> None:
    vault = Vault(INSTALLATION_KEY, lambda length: b"n" * length).book(ORIGIN)
    parties = {12: b"a" * 32, 7: b"b" * 32}
    # HKDF-SHA256 by RFC 5869, written out: extract, then the first block of expand.
    extracted = hmac.digest(bytes(32), b"b" * 32 + b"a" * 32, "sha256")
    info = b"timebank/openings/v1\0" + ORIGIN.encode()
    key = hmac.digest(extracted, info + b"\x01", "sha256")
    place = (20).to_bytes(8) + (3).to_bytes(2)
    expected = b"\x01" + b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, b"details", place)
    assert vault.encrypt_opening(20, 3, parties, b"details") == expected


def test_digests_tell_apart_what_differs(vault: BookVault) -> None:
    digests = [
        vault.number_digest("0017"),
        vault.number_digest("17"),
        vault.key_digest("app", "0017"),
        vault.key_digest("ap", "p0017"),
        vault.request_digest("POST", "/a", b"0017"),
        vault.request_digest("POST", "/a0", b"017"),
        Vault(INSTALLATION_KEY).book("example.org/log/other").number_digest("0017"),
        Vault(bytes(32)).book(ORIGIN).number_digest("0017"),
        hashlib.sha256(b"0017").digest(),
    ]
    assert len(set(digests)) == len(digests)
    assert {len(digest) for digest in digests} == {32}
    assert vault.number_digest("0017") == digests[0]


def test_secrets_are_not_shown() -> None:
    assert "v" * 32 not in repr(KEYS)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_installation_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes"):
        Vault(bytes(length))
