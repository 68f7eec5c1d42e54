"""Names that entries took, and have until they are reversed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import bindparam, select

from timebank.ledger.rules.names import Name
from timebank.store.driver import Statement
from timebank.store.facts.loading import Loading, chunks
from timebank.store.tables import names, reversals

_NAMES: Final = Statement(
    select(names.c.value, names.c.seq).where(
        names.c.book_id == bindparam("book"),
        names.c.scope == bindparam("scope"),
        names.c.value.in_(bindparam("names", expanding=True)),
    )
)
_REVERSALS: Final = Statement(
    select(reversals.c.reversed, reversals.c.seq).where(
        reversals.c.book_id == bindparam("book"),
        reversals.c.reversed.in_(bindparam("seqs", expanding=True)),
    )
)


def load_names(loading: Loading, wanted: Collection[Name]) -> None:
    """Read who took these names, and whether they still have them."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name in wanted:
        values[name.scope].add(name.value)
    taken: defaultdict[Name, list[int]] = defaultdict(list)
    for scope, of_scope in values.items():
        for some in chunks(of_scope):
            for value, seq in loading.run(_NAMES, scope=scope, names=some):
                taken[Name(scope, value)].append(seq)
    for name in wanted:
        loading.names.load(*name, tuple(sorted(taken[name])))
    load_reversals(loading, (seq for seqs in taken.values() for seq in seqs))


def load_reversals(loading: Loading, seqs: Iterable[int]) -> None:
    """Read which of these entries were reversed, and by which."""
    for some in chunks(seqs):
        loading.state.reversed_by.update(loading.run(_REVERSALS, seqs=some))
