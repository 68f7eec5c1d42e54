"""Calls: how many calls Python makes for an entry, which no other work on the machine changes.

Calls inside compiled code are not seen, so this is for the source: ``make bench`` leaves it out.
"""

from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from pstats import Stats
from tempfile import TemporaryDirectory

import click

from benchmarks.books import BATCH, Bench, bench_of
from timebank.app import create_app
from timebank.services.export import export_entries
from timebank.services.posting import post_batch
from timebank.services.verification import verify_book
from timebank.services.verification.file import verify_file

POSTS = 100
MEMBERS = 100


def show() -> None:
    """Print the calls of each path through the service, for one entry."""
    counted = {kind: _count(kind) for kind in ("sqlite", "postgresql")}
    click.echo("\n| path | SQLite, calls an entry | PostgreSQL, calls an entry |\n|---|---|---|")
    for name in counted["sqlite"]:
        calls = " | ".join(f"{counted[kind][name]:,.0f}" for kind in counted)
        click.echo(f"| {name} | {calls} |")


def _count(kind: str) -> dict[str, float]:
    with bench_of(kind, members=MEMBERS) as bench:
        counted = {"single post, with application and test client": _single_posts(bench)}
        bench.fill(BATCH)
        counted["batch of 1,000, without HTTP"] = _batch(bench)
        with TemporaryDirectory(prefix="timebank-bench-") as folder:
            log = Path(folder) / "log"
            with log.open("wb") as lines:
                lines.writelines(export_entries(bench.installation, bench.slug))
            size = verify_file(log, processes=1).size
            counted["public replay"] = _calls(lambda: verify_file(log, processes=1)) / size
        counted["verify"] = (
            _calls(lambda: verify_book(bench.installation, bench.slug, processes=1)) / size
        )
    return counted


def _single_posts(bench: Bench) -> float:
    app = create_app(bench.installation.settings)
    client = app.test_client()
    path = f"/api/v1/books/{bench.slug}/entries"

    def post() -> None:
        body, key = bench.body()
        headers = {"Authorization": f"Bearer {bench.token}", "Idempotency-Key": key}
        answer = client.post(path, data=body, headers=headers, content_type="application/json")
        assert answer.status_code == 201, answer.text

    def post_all() -> None:
        for _ in range(POSTS):
            post()

    post_all()
    calls = _calls(post_all) / POSTS
    app.extensions["timebank"].close()
    return calls


def _batch(bench: Bench) -> float:
    postings = bench.postings(BATCH)
    return (
        _calls(lambda: post_batch(bench.installation, bench.slug, postings, atomic=False)) / BATCH
    )


def _calls(work: Callable[[], object]) -> float:
    profile = Profile()
    profile.runcall(work)
    calls: int = Stats(profile).total_calls  # type: ignore[attr-defined]  # typeshed leaves it out
    return calls
