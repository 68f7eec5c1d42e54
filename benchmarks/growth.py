"""Growth: what the same work costs in a small book and in a large one, and beside many others."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import click

from benchmarks.books import BATCH, Bench, bench_of, open_bench
from benchmarks.measuring import calibrate
from timebank.services.balances import member_balances
from timebank.services.entries import EntryFilter, list_entries
from timebank.services.posting import post, post_batch

REPEATS = 50
CLIENTS = 8
"""Of the busy book."""


def show(sizes: Sequence[int], books: int) -> None:
    """Print both tables."""
    click.echo(
        "\n| entries | batch of 1,000, ms | post, ms | balances, ms | page, ms | SHA-256 /s |"
    )
    click.echo("|---|---|---|---|---|---|")
    with bench_of("sqlite") as bench:
        filled = 0
        for size in sizes:
            bench.fill(size - filled)
            filled = size + 5 * BATCH + REPEATS
            click.echo(f"| {size:,} | {_costs(bench)} | {calibrate():,.0f} |")
    click.echo(
        "\n| idle books | post to the busy one, ms | post to an idle one, ms "
        "| the same while 8 clients post to the busy one, ms | SHA-256 /s |\n|---|---|---|---|---|"
    )
    with bench_of("sqlite", members=10) as bench:
        idle: list[Bench] = []
        for count in (1, books):
            idle += [
                open_bench(bench.installation, slug=f"idle-{number}", members=2)
                for number in range(len(idle), count)
            ]
            alone = f"{_post(bench):.2f} | {_post(idle[-1]):.2f}"
            with _busy(bench):
                beside = _post(idle[-1])
            click.echo(f"| {count:,} | {alone} | {beside:.2f} | {calibrate():,.0f} |")


@contextmanager
def _busy(bench: Bench) -> Iterator[None]:
    """Have clients post to a book without a pause."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            post(bench.installation, bench.slug, bench.postings(1)[0])

    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(work) for _ in range(CLIENTS)]
        try:
            yield
        finally:
            ended.set()
        for one in working:
            one.result()


def _costs(bench: Bench) -> str:
    batches = [bench.postings(BATCH) for _ in range(5)]
    batch = _median(
        lambda: post_batch(bench.installation, bench.slug, batches.pop(), atomic=False), 5
    )
    member = bench.members[0]
    balance = _median(lambda: member_balances(bench.installation, bench.slug, member))
    page = _median(
        lambda: list_entries(bench.installation, bench.slug, EntryFilter(member_id=member))
    )
    return f"{batch:.0f} | {_post(bench):.2f} | {balance:.2f} | {page:.2f}"


def _post(bench: Bench) -> float:
    postings = bench.postings(REPEATS)
    return _median(lambda: post(bench.installation, bench.slug, postings.pop()))


def _median(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Milliseconds of one time, the median of many."""
    took = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1_000
