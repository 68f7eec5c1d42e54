"""The writer that was chosen against the one that was not: a thread that does nothing but write.

Both write together whatever waits for a book. Here a caller's own thread does it for all who wait;
there it hands its job over, and waits until the thread has written it.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import click

from benchmarks.books import Bench, bench_of
from benchmarks.measuring import Ratio, calibrate, compare
from timebank.services.posting import post
from timebank.services.writer import Together

Job = tuple[str, Any, Together[Any, Any], Future[Any]]


class ThreadWriter:
    """Writes in a thread of its own whatever has come in since it began the last time."""

    inside = 0

    def __init__(self) -> None:
        """Start the thread."""
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(
        self,
        slug: str,
        job: Any,  # noqa: ANN401  of any writer
        together: Together[Any, Any],
        *,
        items: int = 1,  # noqa: ARG002  the signature is the writer's
        alone: bool = False,  # noqa: ARG002  the signature is the writer's
    ) -> Any:  # noqa: ANN401  of any writer
        """Have the job written; give its result."""
        result: Future[Any] = Future()
        self._jobs.put((slug, job, together, result))
        return result.result()

    def close(self) -> None:
        """End the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = [first]
            while not self._jobs.empty():
                more = self._jobs.get()
                if more is None:
                    self._jobs.put(None)
                    break
                group.append(more)
            _write(group)


def _write(group: Sequence[Job]) -> None:
    slug, _, together, _ = group[0]
    for (*_, waiting), result in zip(
        group, together(slug, [job for _, job, _, _ in group]), strict=True
    ):
        waiting.set_result(result)


def show(pairs: int, posts: int) -> None:
    """Print how the writer compares with the thread, for one client and for many."""
    click.echo("\n| database | clients | ratio to a thread that only writes | of all pairs | /s |")
    click.echo("|---|---|---|---|---|")
    for kind in ("sqlite", "postgresql"):
        with bench_of(kind) as bench:
            for clients in (1, 16):
                found = _compare(bench, clients, pairs, posts)
                spread = f"{min(found.ratios):.2f} to {max(found.ratios):.2f}"
                click.echo(
                    f"| {kind} | {clients} | {found.median:.2f} | {spread} | {found.ours:,.0f} |"
                )
    click.echo(f"\nSHA-256 {calibrate():,.0f} /s")


def _compare(bench: Bench, clients: int, pairs: int, posts: int) -> Ratio:
    own, thread = bench.installation.writer, ThreadWriter()

    def run(writer: object) -> int:
        object.__setattr__(bench.installation, "writer", writer)
        postings = bench.postings(posts)
        with ThreadPoolExecutor(clients) as pool:
            for done in [
                pool.submit(post, bench.installation, bench.slug, posting) for posting in postings
            ]:
                done.result()
        return posts

    try:
        return compare(lambda: run(own), lambda: run(thread), pairs=pairs)
    finally:
        object.__setattr__(bench.installation, "writer", own)
        thread.close()
