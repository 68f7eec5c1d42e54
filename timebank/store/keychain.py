"""The keys of the holders who take part in one append, unwrapped."""

from collections.abc import Iterable, Mapping

from timebank.ledger.keyring import KeyRing
from timebank.store.vault import BookVault, HolderKeys


class Keychain:
    """Viewing keys make references, data keys encrypt openings; both by the holder's number."""

    def __init__(self, vault: BookVault, origin: str, wrapped: Mapping[int, bytes]) -> None:
        """Unwrap the keys of these holders; those of forgotten ones are gone."""
        self._ring = KeyRing(origin)
        self._data_keys: dict[int, bytes] = {}
        for number, sealed in wrapped.items():
            keys = vault.unwrap_holder_keys(number, sealed)
            if keys:
                self.add(number, keys)

    def add(self, number: int, keys: HolderKeys) -> None:
        """Take in the keys of a holder."""
        self._ring.add(number, keys.viewing)
        self._data_keys[number] = keys.data

    def month_key(self, number: int, posted: str) -> bytes:
        """The viewing key of a holder for the month of a day."""
        return self._ring.month_key(number, posted)

    def data_keys(self, numbers: Iterable[int]) -> dict[int, bytes]:
        """The data keys of these holders."""
        return {number: self._data_keys[number] for number in numbers}
