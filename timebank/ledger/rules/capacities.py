"""Capacities: in what capacity an entry must be posted, and by how many different ones.

The auditor 监事 reads everything and writes nothing, so that nobody judges what is their own.
"""

from functools import lru_cache

from timebank.errors import AuditorWritesError, CapacityError, SamePersonError
from timebank.ledger.registry import Kind

AUDITOR = "staff:auditor"


def check_capacities(kind: Kind, by: tuple[str, ...]) -> None:
    """Raise unless each group of the kind is met, each by somebody else, and no auditor writes.

    ``staff:treasurer:1`` and ``staff:verifier:1`` are one officer, who cannot meet two groups.
    Raises AuditorWritesError, CapacityError where a group is not met at all, SamePersonError where
    one officer would have to meet several.
    """
    if _may_post(kind.by, by):
        return
    for capacity in by:
        if meets(capacity, AUDITOR):
            raise AuditorWritesError(kind.kind, capacity)
    groups = [" or ".join(group) for group in kind.by]
    for group in kind.by:
        if not any(meets(capacity, wanted) for capacity in by for wanted in group):
            raise CapacityError(kind.kind, " and ".join(groups))
    raise SamePersonError(groups[0], " and ".join(groups[1:]))


@lru_cache(maxsize=4_096)
def _may_post(groups: tuple[tuple[str, ...], ...], by: tuple[str, ...]) -> bool:
    """Whether these capacities meet all groups and none writes nothing; the same few ask often."""
    reads_only = any(meets(capacity, AUDITOR) for capacity in by)
    return not reads_only and _assign(groups, frozenset(by))


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
