"""What the needs of commands name, all of it read in one round."""

from collections.abc import Sequence

from timebank.flows.needs import Needs
from timebank.ledger.registry import Registry
from timebank.store.books import Book, Head
from timebank.store.charts import Chart
from timebank.store.driver import Cursor
from timebank.store.facts.asked import Asked
from timebank.store.facts.balances import load_balances, load_trial_balance, load_whole
from timebank.store.facts.entries import load_entries
from timebank.store.facts.holders import load_members
from timebank.store.facts.loading import Loaded, Loading
from timebank.store.facts.lots import load_lots, load_moved, load_shelves
from timebank.store.facts.names import load_names
from timebank.store.facts.tallies import load_arrivals, load_tallies


def load_facts(  # noqa: PLR0913  each is a thing of its own that the lock protects
    cursor: Cursor,
    book: Book,
    head: Head,
    chart: Chart,
    *,
    registry: Registry,
    needs: Sequence[Needs],
    today: str,
) -> Loaded:
    """Read what all these needs name into one partial state, on the day ``today``."""
    asked = Asked()
    for need in needs:
        asked.add(need)
    loading = Loading(cursor, book, head, chart, registry)
    named = asked.balances_by_holding()
    load_members(loading, asked.members(), named)
    if asked.entries:
        load_entries(loading, asked.entries)
    if asked.names:
        load_names(loading, asked.names)
    if asked.shelves:
        load_shelves(loading, asked.shelves)
    if asked.tallies:
        load_tallies(loading, asked.tallies, today)
    if asked.arrivals:
        load_arrivals(loading, asked.arrivals)
    load_lots(loading, asked.lots, funds=asked.funds)
    load_moved(loading, asked.moved)
    load_balances(loading, named, asked.linked)
    load_whole(loading, asked.accounts, asked.leavers)
    load_trial_balance(loading, asked.closed)
    return loading.loaded
