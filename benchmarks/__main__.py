"""``python -m benchmarks``: run benchmarks and print what they measured as Markdown."""

import os
import subprocess
import sys
from pathlib import Path

import click

from benchmarks import calls as counting
from benchmarks import growth, memory, stages, writers
from benchmarks import pages as page_sizes
from benchmarks.measuring import calibrate, machine
from benchmarks.routes import ROUTES, Sizes, bare_posts, commits_per_entry
from timebank.ledger import is_compiled


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run all benchmarks, or only some of them."""
    if context.invoked_subcommand is None:
        for command in (routes, hands, profile, pages, curve, use):
            context.invoke(command)


@main.command()
@click.option("--pairs", default=5, show_default=True, help="Pairs of runs, each in turns.")
@click.option("--batches", default=4, show_default=True, help="Batches of 1,000 a run.")
@click.option("--posts", default=600, show_default=True, help="Single posts a run.")
@click.option("--entries", default=20_000, show_default=True, help="Entries replayed a run.")
@click.option("--only", default="", metavar="TEXT", help="Routes whose name has this.")
def routes(pairs: int, batches: int, posts: int, entries: int, only: str) -> None:
    """Compare each route through the service with its raw loop."""
    click.echo(f"{machine()}\n")
    click.echo("| path | at least | aim | ratio | of all pairs | ours /s | raw /s | SHA-256 /s |")
    click.echo("|---|---|---|---|---|---|---|---|")
    sizes = Sizes(pairs=pairs, batches=batches, posts=posts, entries=entries)
    for route in ROUTES:
        if only in route.name:
            found = route.measure(sizes)
            spread = f"{min(found.ratios):.2f} to {max(found.ratios):.2f}"
            click.echo(
                f"| {route.name} | {route.least:.2f} | {route.aim:.2f} | **{found.median:.3f}** "
                f"| {spread} | {found.ours:,.0f} | {found.raw:,.0f} | {calibrate():,.0f} |"
            )
    bare = bare_posts(sizes)
    click.echo(f"\nFlask and the statements alone, 1 client, SQLite: {bare.median:.2f}")
    click.echo("\n| database | clients | commits per entry |\n|---|---|---|")
    for kind in ("sqlite", "postgresql"):
        for clients in (1, 16):
            count = commits_per_entry(kind, clients, posts)
            click.echo(f"| {kind} | {clients} | {count:.2f} |")


@main.command()
@click.option("--pairs", default=5, show_default=True, help="Pairs of runs, each in turns.")
@click.option("--posts", default=400, show_default=True, help="Single posts a run.")
def hands(pairs: int, posts: int) -> None:
    """Compare the writer with a thread that only writes; of the source, which takes either."""
    if is_compiled():
        on_source("hands", "--pairs", str(pairs), "--posts", str(posts))
    else:
        writers.show(pairs, posts)


@main.command()
@click.option("--batches", default=5, show_default=True, help="Batches of 1,000.")
def profile(batches: int) -> None:
    """Show where the time of a batch goes, stage by stage; of the source, as for ``calls``."""
    if is_compiled():
        on_source("profile", "--batches", str(batches))
    else:
        stages.show(batches)


def on_source(*words: str) -> None:
    """Run a benchmark on the source instead of what is compiled."""
    compiled = {"PYTHONPATH", "PYTHONSAFEPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in compiled}
    subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        env=environment,
        cwd=Path(__file__).parents[1],
        check=True,
    )


@main.command()
def calls() -> None:
    """Count the Python calls for an entry; of the source, as compiled ones are not seen."""
    counting.show()


@main.command()
@click.option(
    "--size", "sizes", multiple=True, default=(1_000, 10_000, 100_000, 1_000_000), type=int
)
@click.option("--books", default=1_000, show_default=True, help="Idle books beside a busy one.")
def curve(sizes: tuple[int, ...], books: int) -> None:
    """Show what a book costs as it grows, and beside how many others."""
    growth.show(sorted(sizes), books)


@main.command()
@click.option("--size", "sizes", multiple=True, default=(10_000, 100_000), type=int)
def use(sizes: tuple[int, ...]) -> None:
    """Show how much memory import, export and verify take."""
    memory.show(sorted(sizes))


@main.command()
@click.option("--entries", default=20_000, show_default=True, help="Entries that are there before.")
@click.option("--rounds", default=15, show_default=True, help="Runs of each size of pages.")
def pages(entries: int, rounds: int) -> None:
    """Compare sizes of SQLite's pages, in the raw loop."""
    page_sizes.show(entries, rounds)


if __name__ == "__main__":
    main()
