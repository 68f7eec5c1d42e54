"""Pages: what the size of SQLite's pages does to posts and to batches, in the raw loop.

A post changes a row here and there, and SQLite writes the page of each to its log whole. A batch
changes most rows of a page together, so it is better off with larger ones.
"""

import sqlite3
import statistics
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Final

import click

from benchmarks.books import BATCH, bench_of
from benchmarks.measuring import rate
from benchmarks.raw import Batch, RawSqlite, connect, cut_batches
from timebank.store.engines import parse_url, sqlite_path

SIZES: Final = (1_024, 2_048, 4_096, 8_192)
COMPARED: Final = 4_096
"""What all are compared with: the size that SQLite takes by itself."""

POSTS: Final = 100
"""Single posts a run."""

_LATER: Final = ("entries", "leg_sides", "openings", "idempotency")


def show(entries: int, rounds: int) -> None:
    """Print, for each size of pages, the rates of the raw loop against those of 4 KiB."""
    with ExitStack() as stack:
        bench = stack.enter_context(bench_of("sqlite"))
        url = bench.installation.settings.database_url
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="timebank-bench-")))
        bench.fill(entries)
        start = bench.size()
        bench.fill(rounds * (POSTS + BATCH))
        source = sqlite_path(parse_url(url))
        assert source is not None
        ends = start + rounds * POSTS
        posts = cut_batches(url, start, 1, rounds * POSTS)
        batches = cut_batches(url, ends, BATCH, rounds)
        loops = {
            size: RawSqlite(stack.enter_context(closing(_copy(source, folder, size, start))))
            for size in SIZES
        }
        runs = [posts[at : at + POSTS] for at in range(0, len(posts), POSTS)]
        of_posts = _in_turns(loops, runs)
        of_batches = _in_turns(loops, [[batch] for batch in batches])
    click.echo("| page, bytes | posts, against 4 KiB | batches, against 4 KiB |\n|---|---|---|")
    for size in SIZES:
        click.echo(f"| {size:,} | {of_posts[size]:.2f} | {of_batches[size]:.2f} |")


def _copy(source: Path, folder: Path, size: int, start: int) -> sqlite3.Connection:
    """The database up to the entry ``start``, with pages of this size."""
    with closing(sqlite3.connect(source)) as whole:
        whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = folder / f"{size}.db"
    copy(source, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in _LATER:
            connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (start,))
        connection.execute("DELETE FROM subtree_roots")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("VACUUM")
    opened = connect(path)
    assert opened.execute("PRAGMA page_size").fetchone() == (size,)
    return opened


def _in_turns(loops: dict[int, RawSqlite], runs: Sequence[Sequence[Batch]]) -> dict[int, float]:
    """The medians of the rates of all loops, which take turns, against the one compared with."""
    ratios: dict[int, list[float]] = {size: [] for size in loops}
    for run in runs:
        rates = {size: rate(partial(loop.write, run)) for size, loop in loops.items()}
        for size, found in rates.items():
            ratios[size].append(found / rates[COMPARED])
    return {size: statistics.median(found) for size, found in ratios.items()}
