"""Capacities: in what capacity an entry must be posted, and by how many different ones."""

from timebank.errors import CapacityError
from timebank.ledger.registry import Kind


def check_capacities(kind: Kind, by: tuple[str, ...]) -> None:
    """Raise CapacityError unless each group of the kind is met by somebody else.

    ``staff:treasurer:1`` and ``staff:verifier:1`` are one officer, who cannot meet two groups.
    """
    if not _assign(kind.by, frozenset(by)):
        needed = " and ".join(" or ".join(group) for group in kind.by)
        raise CapacityError(kind.kind, needed)


def _assign(groups: tuple[tuple[str, ...], ...], capacities: frozenset[str]) -> bool:
    if not groups:
        return True
    return any(
        _assign(groups[1:], _without(capacities, capacity))
        for capacity in capacities
        if any(meets(capacity, wanted) for wanted in groups[0])
    )


def _without(capacities: frozenset[str], taken: str) -> frozenset[str]:
    """The capacities of all others than whoever has the one taken."""
    officer = _officer_of(taken)
    return frozenset(
        capacity
        for capacity in capacities
        if capacity != taken and (not officer or _officer_of(capacity) != officer)
    )


def _officer_of(capacity: str) -> str:
    """The steady number of an officer, empty where the capacity is not of staff."""
    return capacity.rpartition(":")[2] if capacity.startswith("staff:") else ""


def meets(capacity: str, wanted: str) -> bool:
    """Whether ``staff:treasurer:1`` is, say, a ``staff:treasurer`` or just any ``staff``."""
    return capacity == wanted or capacity.startswith(wanted + ":")
