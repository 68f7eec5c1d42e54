"""A round of loading: what is known so far for one append, and how more is asked for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from timebank.ledger.growing import ArrivalsInMemory, NamesInMemory
from timebank.ledger.registry import Registry
from timebank.ledger.state import BookState
from timebank.store.books import Book, Head
from timebank.store.charts import Chart
from timebank.store.driver import Cursor, Row, Statement

if TYPE_CHECKING:
    from timebank.ledger.model import Entry, Owners

CHUNK: Final = 1_000
"""How many values one query names at most."""

T = TypeVar("T")


class Loaded:
    """The facts of one append: a partial state, who the member ids are, and their wrapped keys."""

    def __init__(self, state: BookState) -> None:
        """Know of nobody."""
        self.state: Final = state
        self.members: Final[dict[str, int]] = {}
        self.wrapped_keys: Final[dict[int, bytes]] = {}


class Loading:
    """What is known so far in one round of loading; whoever reads more adds to it."""

    def __init__(
        self, cursor: Cursor, book: Book, head: Head, chart: Chart, registry: Registry
    ) -> None:
        """Begin with what the head and the chart of a locked book say."""
        self.cursor: Final = cursor
        self.connection: Final = cursor.connection
        self.book_id: Final = book.book_id
        self.earlier: Final[dict[int, tuple[Entry, Owners]]] = {}
        """Entries that were read, by their seqs, with the owners of their legs."""
        self.names: Final = NamesInMemory(complete=False)
        self.arrivals: Final = ArrivalsInMemory(complete=False)
        self.lots: Final[set[tuple[str, str]]] = set()
        """Commodity and lot of what is named, or lies on a shelf that is."""
        self.state: Final = _state_of(book, head, chart, registry)
        self.state.names = self.names
        self.state.arrivals = self.arrivals
        self.state.earlier = self.earlier.get
        self.loaded: Final = Loaded(self.state)

    def run(self, statement: Statement, **values: Any) -> list[Row]:  # noqa: ANN401  of any columns
        """Ask for rows of this book."""
        return statement.run(self.cursor, book=self.book_id, **values)


def chunks(values: Iterable[T]) -> list[list[T]]:
    """Split values into lists of which each may stand in one query."""
    all_of_them = list(values)
    return [all_of_them[start : start + CHUNK] for start in range(0, len(all_of_them), CHUNK)]


def _state_of(book: Book, head: Head, chart: Chart, registry: Registry) -> BookState:
    """The state of a book as far as its head and its chart tell it."""
    state = BookState(registry, book.origin)
    state.size = head.size
    state.posted = head.posted
    state.closed_until = head.closed_until
    state.time_zone = book.time_zone
    state.accounts = dict(chart.accounts)
    state.commodities = dict(chart.commodities)
    state.policies = list(chart.policies)
    state.vkeys = list(chart.vkeys)
    state.settings = chart.settings
    state.routes = chart.routes
    return state
