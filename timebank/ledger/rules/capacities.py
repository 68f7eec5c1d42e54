"""Capacities: in what capacity an entry must be posted, and by how many different ones."""

from functools import lru_cache

from timebank.errors import CapacityError, SamePersonError
from timebank.ledger.registry import Kind


def check_capacities(kind: Kind, by: tuple[str, ...]) -> None:
    """Raise unless each group of the kind is met, and each by somebody else.

    ``staff:treasurer:1`` and ``staff:verifier:1`` are one officer, who cannot meet two groups.
    Raises CapacityError where a group is not met at all, SamePersonError where one officer would
    have to meet several.
    """
    if _meet_all(kind.by, by):
        return
    groups = [" or ".join(group) for group in kind.by]
    for group in kind.by:
        if not any(meets(capacity, wanted) for capacity in by for wanted in group):
            raise CapacityError(kind.kind, " and ".join(groups))
    raise SamePersonError(groups[0], " and ".join(groups[1:]))


@lru_cache(maxsize=4_096)
def _meet_all(groups: tuple[tuple[str, ...], ...], by: tuple[str, ...]) -> bool:
    """Whether these capacities meet all groups; the same few do so again and again."""
    return _assign(groups, frozenset(by))


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
