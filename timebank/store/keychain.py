"""The keys of the holders who take part in one append, unwrapped."""

from collections.abc import Iterable, Mapping

from timebank.ledger import viewing
from timebank.store.vault import BookVault, HolderKeys


class Keychain:
    """Viewing keys make references, data keys encrypt openings; both by the holder's number."""

    def __init__(
        self, vault: BookVault, origin: str, posted: str, wrapped: Mapping[int, bytes]
    ) -> None:
        """Unwrap the keys of these holders; those of forgotten ones are gone.

        All that is appended is posted on the same day, whose month the references are of.
        """
        self._origin = origin
        self._month = viewing.month_of(posted)
        self._blinders: dict[int, viewing.Blinder] = {}
        self._keys: dict[int, HolderKeys] = {}
        for number, sealed in wrapped.items():
            keys = vault.unwrap_holder_keys(number, sealed)
            if keys:
                self.add(number, keys)

    def add(self, number: int, keys: HolderKeys) -> None:
        """Take in the keys of a holder."""
        self._keys[number] = keys

    def blinder(self, number: int) -> viewing.Blinder:
        """What makes the references of a holder in the month in which all of this is posted."""
        found = self._blinders.get(number)
        if found is None:
            key = viewing.month_key(self._keys[number].viewing, self._origin, self._month)
            found = self._blinders[number] = viewing.Blinder(key, self._origin)
        return found

    def data_keys(self, numbers: Iterable[int]) -> dict[int, bytes]:
        """The data keys of these holders."""
        return {number: self._keys[number].data for number in numbers}
