"""The books among the vectors: written by the definitions of the format alone, with forgeries."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.vectors import load
from timebank.ledger.keyring import KeyRing


@dataclass(frozen=True)
class WrittenBook:
    """A book of the vectors; what its file says of holders is of one part of their accounts."""

    name: str
    account: str = "members"
    commodity: str = "POINT"
    lot: str = ""

    @cached_property
    def document(self) -> dict[str, Any]:
        """What the file says."""
        found: dict[str, Any] = load(self.name)
        return found

    @property
    def bodies(self) -> list[bytes]:
        """The bytes of its entries, in order."""
        return [vector["entry"].encode() for vector in self.document["valid"]]

    def ring(self) -> KeyRing:
        """The keys of its holders."""
        ring = KeyRing(self.document["origin"])
        for number, key in self.document.get("keys", {}).items():
            ring.add(int(number), bytes.fromhex(key))
        return ring

    def instead(self, vector: dict[str, Any]) -> list[bytes]:
        """The log up to where something else stands than should."""
        return [*self.bodies[: vector["seq"]], vector["entry"].encode()]

    def __str__(self) -> str:
        """How tests call it."""
        return self.name


SMALL_BOOK = WrittenBook("book")
WRITTEN_BOOKS = (
    SMALL_BOOK,
    WrittenBook("food_bank", "transit", "RICE-5KG", "late"),
    WrittenBook("funds"),
    WrittenBook("markets"),
    WrittenBook("time_bank"),
)
