"""Commits whose answer is lost: what was written is there once, and nothing is claimed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.broken_commits import Break, Proxy, breaking_commits
from tests.installations import Community, found_community, installed, open_balance
from tests.services.points import size
from tests.services.shared_commits import CLIENTS, ask, assert_verified, held_up, outcome, transfer
from timebank.flows.definitions import OpenAccount
from timebank.services.posting import Posted, post_batch
from timebank.store.database import CommitUnknownError
from timebank.store.engines import make_engine


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads enough for all clients of a test."""
    with ThreadPoolExecutor(2 * CLIENTS) as made:
        yield made


@contextmanager
def breaking(url: str, home: Path, breaks: list[Break]) -> Iterator[tuple[Community, Proxy]]:
    """A community on PostgreSQL, and what happens at its next commits."""
    with breaking_commits(url) as (through, proxy), installed(through, home) as installation:
        community = found_community(installation)
        community.enrol("王", "李")
        community.issue("王", 100)
        proxy.breaks.extend(breaks)
        yield community, proxy
        assert not proxy.breaks, "all of them happened"


@pytest.mark.parametrize("breaks", [["before"], ["after"], ["before", "after"]])
@pytest.mark.parametrize("key", ["k", ""])
def test_a_post_whose_commit_broke_is_there_once(
    postgresql_url: str, tmp_path: Path, breaks: list[Break], key: str
) -> None:
    with breaking(postgresql_url, tmp_path, breaks) as (community, _):
        start = size(community)
        posted = community.transfer("王", "李", 30, key=key)
        assert (posted.seq, posted.replayed) == (start, False)
        assert size(community) == start + 1
        if key:
            assert community.transfer("王", "李", 30, key=key).replayed
        assert_verified(community)


@pytest.mark.parametrize("how", ["before", "after"])
def test_all_whose_commit_broke_have_their_own_outcomes(
    postgresql_url: str, tmp_path: Path, how: Break, pool: ThreadPoolExecutor
) -> None:
    direct = make_engine(postgresql_url)
    with breaking(postgresql_url, tmp_path, []) as (community, proxy):
        start = size(community)
        community.transfer("王", "李", 10, key="old")
        with held_up(community, waiting=6, engine=direct):
            asked = [
                ask(community, pool, posting)
                for posting in (
                    transfer(community, "王", "李", 1),
                    transfer(community, "王", "李", 10, key="old"),
                    transfer(community, "王", "李", 20, key="new"),
                    transfer(community, "王", "李", 99, key="poor"),
                    community.posting(OpenAccount(account="cash:box"), key="box"),
                    transfer(community, "李", "王", 5),
                )
            ]
            proxy.breaks.extend([how, how])  # for the first, and for the five who wait for it
        assert [outcome(one) for one in asked] == [
            start + 1,
            start,
            start + 2,
            "insufficient_balance",
            start + 3,
            start + 4,
        ]
        assert [one.result().replayed for one in (asked[1], asked[2])] == [True, False]
        posted = open_balance(community, "cash:box", 5, commodity="CNY", lot="fund:operating")
        assert posted.seq == start + 5, "the new account is known"
        assert_verified(community)
    direct.dispose()


def test_an_atomic_batch_whose_commit_broke_is_there_once(
    postgresql_url: str, tmp_path: Path
) -> None:
    with breaking(postgresql_url, tmp_path, ["after"]) as (community, _):
        start = size(community)
        postings = [transfer(community, "王", "李", 1, key=str(number)) for number in range(3)]
        results = post_batch(community.installation, "demo", postings, atomic=True)
        assert [one.seq for one in results if isinstance(one, Posted)] == [
            start,
            start + 1,
            start + 2,
        ]
        assert size(community) == start + 3


def test_where_the_database_does_not_come_back_nothing_is_claimed(
    postgresql_url: str, tmp_path: Path
) -> None:
    with (
        breaking_commits(postgresql_url) as (through, proxy),
        installed(through, tmp_path) as installation,
    ):
        community = found_community(installation)
        community.enrol("王", "李")
        community.issue("王", 100)
        proxy.breaks.append("after and for good")
        with pytest.raises(CommitUnknownError):
            community.transfer("王", "李", 30, key="k")
        proxy.gone = False
        again = community.transfer("王", "李", 30, key="k")
        assert again.replayed, "who asks again with the key is told what became of it"
