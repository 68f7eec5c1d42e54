"""Posts that wait for the same book, so that they share a commit."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Engine

from tests.installations import Community
from timebank.errors import TimebankError
from timebank.flows.movements import Transfer
from timebank.services.posting import Posted, Posting, post
from timebank.services.verification import Verdict, verify_book
from timebank.store.books import find_book, lock_head
from timebank.store.database import writing

WAIT_SECONDS = 60
CLIENTS = 16


def assert_verified(community: Community) -> None:
    report = verify_book(community.installation, community.slug)
    assert report.verdict is Verdict.FINE, report


@contextmanager
def held_up(community: Community, *, waiting: int, engine: Engine | None = None) -> Iterator[None]:
    """Hold the book's lock during the block, and until so many jobs wait for it."""
    with writing(engine or community.installation.engine) as connection:
        lock_head(connection, find_book(connection, community.slug).book_id)
        yield
        deadline = time.monotonic() + WAIT_SECONDS
        while community.installation.writer.inside < waiting:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def transfer(community: Community, from_: str, to: str, amount: int, *, key: str = "") -> Posting:
    legs = (community.leg(from_, to, amount),)
    return community.posting(Transfer(legs=legs), key=key)


def ask(community: Community, pool: ThreadPoolExecutor, posting: Posting) -> Future[Posted]:
    """Post in a thread of its own; return once it waits."""
    before = community.installation.writer.inside
    asked = pool.submit(post, community.installation, community.slug, posting)
    while community.installation.writer.inside == before:
        time.sleep(0.001)
    return asked


def outcome(asked: Future[Posted]) -> int | str:
    try:
        return asked.result(WAIT_SECONDS).seq
    except TimebankError as error:
        return error.code
