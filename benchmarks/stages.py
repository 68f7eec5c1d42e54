"""Stages: where the time of a batch goes, from the bytes of the request to the answer.

Some functions are wrapped with a clock for the time of the run; of each the time counts that was
spent in it and in none of the others. What a wrapper itself costs stays with the stage around it.
"""

import importlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import click
from flask.testing import FlaskClient

from benchmarks.books import BATCH, Bench, bench_of
from timebank.app import create_app

STAGES: Final = (
    ("JSON to commands", "timebank.api.decoding:Shape.read"),
    ("capacities and keys of the items", "timebank.api.resources.batches:_posting"),
    ("HMACs of keys and requests", "timebank.services.posting:_to_request"),
    ("what the commands need", "timebank.store.journal:_needs_or_error"),
    ("reading facts", "timebank.store.journal:load_facts"),
    ("the lock, and keys seen before", "timebank.store.journal:lock_for"),
    ("unwrapping keys", "timebank.store.keychain:Keychain.__init__"),
    ("drafts", "timebank.store.journal:build"),
    ("entries: references, seals, bytes", "timebank.store.journal:write_entry"),
    ("rules", "timebank.ledger.rules:check"),
    ("folding into the state", "timebank.ledger.rules:apply"),
    ("rows", "timebank.store.projections:Projection.add"),
    ("openings, encrypted", "timebank.store.private_rows:PrivateRows.add_openings"),
    ("writing rows", "timebank.store.projections:Projection.flush"),
    ("commit", "timebank.store.lines:_Writer.commit"),
    ("answer", "timebank.api.resources.batches:_to_result"),
)


class Stopwatch:
    """Counts the time of nested functions, each without those inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside: list[float] = []

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with a clock."""

        @wraps(function)
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401  those of the function
            self._inside.append(0.0)
            started = time.perf_counter()
            try:
                return function(*given, **named)
            finally:
                took = time.perf_counter() - started
                own = took - self._inside.pop()
                self.seconds[name] = self.seconds.get(name, 0.0) + own
                if self._inside:
                    self._inside[-1] += took

        return timed


def show(batches: int) -> None:
    """Print the stages of batches on SQLite and on PostgreSQL."""
    found = {kind: _measure(kind, batches) for kind in ("sqlite", "postgresql")}
    click.echo("\n| stage | SQLite, µs an entry | PostgreSQL, µs an entry |\n|---|---|---|")
    for name in (*(name for name, _ in STAGES), "all else"):
        times = " | ".join(f"{found[kind].get(name, 0.0):.1f}" for kind in found)
        click.echo(f"| {name} | {times} |")
    totals = " | ".join(f"{sum(times.values()):.1f}" for times in found.values())
    click.echo(f"| together | {totals} |")


def _measure(kind: str, batches: int) -> dict[str, float]:
    """Microseconds of each stage for one entry."""
    with bench_of(kind) as bench:
        app = create_app(bench.installation.settings)
        client = app.test_client()
        _post(client, bench)
        watch = Stopwatch()
        replaced = [_replace(watch, name, place) for name, place in STAGES]
        total = sum(_post(client, bench) for _ in range(batches))
        for owner, attribute, function in replaced:
            setattr(owner, attribute, function)
        app.extensions["timebank"].close()
    times = {name: seconds / batches / BATCH * 1e6 for name, seconds in watch.seconds.items()}
    return {**times, "all else": total / batches / BATCH * 1e6 - sum(times.values())}


def _post(client: FlaskClient, bench: Bench) -> float:
    body = bench.batch_body()
    started = time.perf_counter()
    answer = client.post(
        f"/api/v1/books/{bench.slug}/entries/batch",
        data=body,
        headers={"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"},
    )
    took = time.perf_counter() - started
    assert answer.status_code == 200, answer.text
    return took


def _replace(watch: Stopwatch, name: str, place: str) -> tuple[Any, str, Any]:
    """Put a clock around a function or a method; give what undoes it."""
    owner, attribute = find_place(place)
    function = getattr(owner, attribute)
    setattr(owner, attribute, watch.wrap(name, function))
    return owner, attribute, function


def find_place(place: str) -> tuple[Any, str]:
    """The module or class that has what ``module:path`` names, and its name there."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, attribute = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    return owner, attribute
