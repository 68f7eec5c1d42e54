"""Officers: in which capacities the association's people post. Numbers are steady."""

from typing import Final

SYSTEM: Final = ("system",)
MEMBER: Final = ("member",)
TREASURER: Final = ("staff:treasurer:1",)
VERIFIER: Final = ("staff:verifier:2",)
COORDINATOR: Final = ("staff:coordinator:3",)
STOREKEEPER: Final = ("staff:storekeeper:4",)
BUYER: Final = ("staff:buyer:5",)
COUNTER: Final = ("staff:counter:6",)
SECRETARY: Final = ("staff:secretary:7",)

ALL: Final = (
    *(TREASURER + VERIFIER + COORDINATOR + STOREKEEPER),
    *(BUYER + COUNTER + SECRETARY),
)
"""The capacities of all officers, for an API key that can post the whole demo."""
