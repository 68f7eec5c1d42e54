"""Growth: what the same work costs in a small book and in a large one, and beside many others."""

import statistics
import time
from collections.abc import Callable, Sequence

import click

from benchmarks.books import BATCH, Bench, bench_of, open_bench
from benchmarks.measuring import calibrate
from timebank.services.balances import member_balances
from timebank.services.entries import EntryFilter, list_entries
from timebank.services.posting import post, post_batch

REPEATS = 50


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
    click.echo("\n| books | post to one of them, ms | SHA-256 /s |\n|---|---|---|")
    with bench_of("sqlite", members=10) as bench:
        for count in (1, books):
            for number in range(count - 1):
                open_bench(bench.installation, slug=f"idle-{number}", members=2)
            click.echo(f"| {count:,} | {_post(bench):.2f} | {calibrate():,.0f} |")


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
