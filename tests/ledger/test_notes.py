import pytest

from tests.vectors import load
from timebank.errors import MalformedError
from timebank.ledger.notes import VerifierKey, is_key_name, key_id, parse_vkey, vkey

VECTORS = load("vkey")


@pytest.mark.parametrize("vector", VECTORS["valid"])
def test_a_verifier_key_is_written_and_read(vector: dict[str, str]) -> None:
    name, public_key = vector["name"], bytes.fromhex(vector["public_key"])

    assert vkey(name, public_key) == vector["vkey"]
    assert parse_vkey(vector["vkey"]) == VerifierKey(name, public_key)


@pytest.mark.parametrize("text", VECTORS["published"])
def test_published_verifier_keys_are_read(text: str) -> None:
    key = parse_vkey(text)

    assert vkey(key.name, key.public_key) == text


def test_the_key_id_is_that_of_the_published_key() -> None:
    key = parse_vkey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")

    assert key_id(key.name, key.public_key).hex() == "033de0ae"


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["about"])
def test_any_other_text_is_no_verifier_key(vector: dict[str, str]) -> None:
    with pytest.raises(MalformedError):
        parse_vkey(vector["vkey"])


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\tb", "a\nb", "a\u00a0b", "a\u2003b", "a\x85b", "a+b", "a\ud800b"]
)
def test_names_of_keys_have_no_spaces_and_no_plus(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(MalformedError, match="name"):
        vkey(name, bytes(32))


@pytest.mark.parametrize("length_bytes", [0, 31, 33, 64])
def test_a_public_key_has_32_bytes(length_bytes: int) -> None:
    with pytest.raises(MalformedError, match="public_key"):
        vkey("example.org/log/a", bytes(length_bytes))
