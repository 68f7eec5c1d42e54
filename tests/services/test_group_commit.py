"""Group commit on real databases: nobody can tell a shared transaction from one of their own."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import event

from tests.commits import counted_commits
from tests.installations import SYSTEM, Community, found_community, installed
from tests.services.points import size
from tests.services.shared_commits import (
    CLIENTS,
    WAIT_SECONDS,
    ask,
    assert_verified,
    held_up,
    outcome,
    transfer,
)
from timebank.errors import InsufficientBalanceError, StaleStateError
from timebank.flows.definitions import EnrolHolder
from timebank.ledger import encoding, viewing
from timebank.services.keys import NewKey, issue, revoke
from timebank.services.posting import Posted, Posting, post, post_batch
from timebank.store.books import find_book, lock_head
from timebank.store.database import writing
from timebank.store.requests import NewHolder


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads enough for all clients of a test."""
    with ThreadPoolExecutor(2 * CLIENTS) as made:
        yield made


def test_posts_that_wait_share_a_commit_and_keep_their_order_and_outcomes(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    start = size(community)
    with counted_commits(community.installation.engine) as commits:
        with held_up(community, waiting=5):
            asked = [
                ask(community, pool, posting)
                for posting in (
                    transfer(community, "王", "李", 40, key="k1"),
                    transfer(community, "李", "王", 50, key="k2"),
                    transfer(community, "李", "王", 40, key="k3"),
                    transfer(community, "王", "李", 40, key="k1"),
                    transfer(community, "王", "李", 90, key="k1"),
                )
            ]
        outcomes = [outcome(one) for one in asked]
    expected = [start, "insufficient_balance", start + 1, start, "idempotency_conflict"]
    assert outcomes == expected
    assert [one.result().replayed for one in (asked[0], asked[3])] == [False, True]
    assert len(commits) == 3, "the lock's, that of the first, and one for the four others"
    assert_verified(community)


def test_who_may_not_ask_any_more_is_told_so_and_no_other(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    start = size(community)
    installation = community.installation
    gone, there = (
        issue(installation, community.slug, NewKey(app=app, scopes=("post",))).key.key_id
        for app in ("gone", "there")
    )
    revoke(installation, community.slug, gone)
    with held_up(community, waiting=4):
        asked = [
            ask(community, pool, structs.replace(transfer(community, "王", "李", 1), key_id=key))
            for key in (there, gone, None, gone)
        ]
    assert [outcome(one) for one in asked] == [
        *(start, "unauthenticated", start + 1, "unauthenticated")
    ]


def test_batches_and_posts_share_a_commit_too(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    start = size(community)
    there, back = (transfer(community, *pair, 100) for pair in (("王", "李"), ("李", "王")))
    with held_up(community, waiting=2):
        first = ask(community, pool, there)
        batch = pool.submit(
            post_batch, community.installation, "demo", [there, back, there], atomic=False
        )
    assert outcome(first) == start
    results = batch.result(WAIT_SECONDS)
    assert isinstance(results[0], InsufficientBalanceError)
    assert [one.seq for one in results if isinstance(one, Posted)] == [start + 1, start + 2]


def test_an_atomic_batch_that_is_refused_takes_nobody_with_it(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    start = size(community)
    good, bad = transfer(community, "王", "李", 10), transfer(community, "李", "王", 99)
    with held_up(community, waiting=4):
        before = ask(community, pool, good)
        waiting = ask(community, pool, good)
        whole = pool.submit(post_batch, community.installation, "demo", [good, bad], atomic=True)
        while community.installation.writer.inside < 3:
            time.sleep(0.001)
        after = ask(community, pool, good)
    assert [type(one) for one in whole.result(WAIT_SECONDS)] == [
        StaleStateError,
        InsufficientBalanceError,
    ]
    assert [outcome(one) for one in (before, waiting, after)] == [start, start + 1, start + 2]


def enrolment(community: Community, number: int, member_id: str) -> Posting:
    """An enrolment as the service of members posts it, with an id of the test's choice."""
    installation = community.installation
    with installation.engine.connect() as connection:
        book = find_book(connection, community.slug)
    vault = installation.vault.book(book.origin)
    keys = vault.new_holder_keys()
    key_hash = encoding.to_base64(viewing.key_hash(book.origin, keys.viewing))
    return Posting(
        command=EnrolHolder(holder="member", key_hash=key_hash, number=f"n{number}", name="某人"),
        by=SYSTEM,
        attached=NewHolder(
            member_id=member_id,
            keys=keys,
            number_digest=vault.number_digest(f"n{number}"),
            contact={},
        ),
    )


def test_what_the_database_has_against_one_request_is_told_to_that_one_only(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    # Ids are random, so no rule asks whether one is taken; the database does.
    start = size(community)
    good = transfer(community, "王", "李", 1)
    with held_up(community, waiting=5):
        asked = [
            ask(community, pool, posting)
            for posting in (
                good,
                good,
                enrolment(community, 1, community.ids["王"]),
                enrolment(community, 2, "n" * 22),
                good,
            )
        ]
    assert type(asked[2].exception(WAIT_SECONDS)).__name__ == "IntegrityError"
    places = [outcome(asked[index]) for index in (0, 1, 3, 4)]
    assert places == [start, start + 1, start + 2, start + 3]
    assert_verified(community)


def test_when_nobody_comes_through_all_are_asked_to_come_back(
    community: Community, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = size(community)
    monkeypatch.setattr("timebank.store.database.LOCK_SECONDS_MAX", 0)
    dialect = community.installation.engine.dialect.name
    setting = "PRAGMA busy_timeout = 10" if dialect == "sqlite" else "SET lock_timeout = 10"

    @event.listens_for(community.installation.engine, "checkout")
    def hurry(connection: object, *_: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection
        cursor.execute(setting)
        cursor.close()

    good = transfer(community, "王", "李", 1, key="k")
    with writing(community.installation.engine) as connection:
        lock_head(connection, find_book(connection, community.slug).book_id)
        asked = [pool.submit(post, community.installation, "demo", good) for _ in range(5)]
        assert [outcome(one) for one in asked] == ["busy"] * 5
    assert size(community) == start
    assert community.post(good.command, key="k").seq == start


def test_many_clients_lose_and_double_nothing(
    community: Community, pool: ThreadPoolExecutor
) -> None:
    start, each = size(community), 25
    barrier = threading.Barrier(CLIENTS)

    def work(client: int) -> list[int]:
        barrier.wait()
        posted = []
        for number in range(each):
            names = ("王", "李") if (client + number) % 2 else ("李", "王")
            posting = transfer(community, *names, 1, key=f"{client}-{number}")
            with_patience = [posting, posting]
            posted += [
                found.seq
                for found in post_batch(community.installation, "demo", with_patience, atomic=False)
                if isinstance(found, Posted) and not found.replayed
            ]
        return posted

    community.issue("李", 100)
    seqs = [seq for found in pool.map(work, range(CLIENTS)) for seq in found]
    assert sorted(seqs) == list(range(start + 1, start + 1 + CLIENTS * each))
    assert_verified(community)


def test_a_busy_book_delays_another_by_its_turn_at_most(
    sqlite_url: str, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        busy, quiet = (found_community(installation, slug) for slug in ("busy", "quiet"))
        for community in (busy, quiet):
            community.enrol("王", "李")
            community.issue("王", 10_000)
        stop, groups = threading.Event(), 0

        def keep_busy() -> None:
            nonlocal groups
            while not stop.is_set():
                postings = [transfer(busy, "王", "李", 1)] * 100
                post_batch(installation, "busy", postings, atomic=True)
                groups += 1

        workers = [pool.submit(keep_busy) for _ in range(4)]
        while groups < 2:
            time.sleep(0.001)
        delays = []
        for _ in range(10):
            before = groups
            quiet.transfer("王", "李", 1)
            delays.append(groups - before)
        stop.set()
        for worker in workers:
            worker.result(WAIT_SECONDS)
    assert max(delays) <= 3, "the group that is written, and what ends while it is counted"
