"""Posting through the journal, on real databases: once, in order, and nothing on refusal."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.installations import NO_LIST, Community, found_community
from tests.services.points import net, size
from timebank.errors import (
    ClockJumpError,
    IdempotencyConflictError,
    InsufficientBalanceError,
    TimebankError,
    UnknownAccountError,
    UnknownBookError,
)
from timebank.flows.command import Command
from timebank.flows.definitions import OpenAccount, RegisterLot
from timebank.flows.movements import OpenBalances, Transfer
from timebank.flows.periods import Close
from timebank.services.installation import Installation
from timebank.services.posting import Posted, post, post_batch
from timebank.store.database import writing


def outcomes(community: Community, *commands: Command, atomic: bool = False) -> list[object]:
    """Post a batch; give seqs of what was accepted and codes of what was refused."""
    postings = [community.posting(command) for command in commands]
    results = post_batch(community.installation, community.slug, postings, atomic=atomic)
    return [result.seq if isinstance(result, Posted) else result.code for result in results]


def test_a_transfer_moves_points_once(community: Community) -> None:
    community.transfer("王", "李", 30)
    assert (net(community, "王"), net(community, "李"), net(community, "members")) == (70, 30, 100)


def test_the_same_key_and_request_give_the_first_answer_again(community: Community) -> None:
    first = community.transfer("王", "李", 30, key="k1")
    again = community.transfer("王", "李", 30, key="k1")
    assert (again.seq, again.body, again.replayed) == (first.seq, first.body, True)
    assert net(community, "李") == 30


def test_the_same_key_with_another_request_is_a_conflict(community: Community) -> None:
    community.transfer("王", "李", 30, key="k1")
    with pytest.raises(IdempotencyConflictError):
        community.transfer("王", "李", 31, key="k1")
    assert net(community, "李") == 30


def test_a_refused_request_may_be_tried_again_with_its_key(community: Community) -> None:
    with pytest.raises(InsufficientBalanceError):
        community.transfer("李", "王", 5, key="k1")
    community.issue("李", 5)
    assert not community.transfer("李", "王", 5, key="k1").replayed


def test_keys_are_of_their_app_and_book(community: Community) -> None:
    other = found_community(community.installation, "other")
    other.enrol("赵", "钱")
    other.issue("赵", 10)
    community.transfer("王", "李", 1, key="k1")
    assert not other.transfer("赵", "钱", 1, key="k1").replayed


def test_a_key_used_twice_in_one_batch_posts_once(community: Community) -> None:
    posting = community.posting(Transfer(legs=(community.leg("王", "李", 1),)), key="k1")
    results = post_batch(community.installation, "demo", [posting, posting], atomic=False)
    assert [result.replayed for result in results if isinstance(result, Posted)] == [False, True]
    assert net(community, "李") == 1


def test_each_item_of_a_batch_sees_those_before_it(community: Community) -> None:
    there = Transfer(legs=(community.leg("王", "李", 100),))
    back = Transfer(legs=(community.leg("李", "王", 100),))
    start = size(community)
    assert outcomes(community, back, there, there, back, there) == [
        "insufficient_balance",
        start,
        "insufficient_balance",
        start + 1,
        start + 2,
    ]


def test_an_atomic_batch_writes_all_or_nothing(community: Community) -> None:
    good = Transfer(legs=(community.leg("王", "李", 60),))
    before = size(community)
    assert outcomes(community, good, good, atomic=True) == ["stale_state", "insufficient_balance"]
    assert (size(community), net(community, "王")) == (before, 100)
    half = Transfer(legs=(community.leg("王", "李", 50),))
    assert outcomes(community, half, half, atomic=True) == [before, before + 1]


def test_a_batch_may_define_and_use_at_once(community: Community) -> None:
    start = size(community)
    money = community.leg("world:opening", "cash:box", 5, commodity="CNY", lot="fund:flood-2026")
    assert outcomes(
        community,
        OpenAccount(account="cash:box"),
        RegisterLot(commodity="CNY", lot="fund:flood-2026"),
        OpenBalances(legs=(money,), list=NO_LIST),
    ) == [start, start + 1, start + 2]


def test_what_was_rolled_back_is_not_remembered(community: Community) -> None:
    opened = OpenAccount(account="cash:box")
    bad = Transfer(legs=(community.leg("李", "王", 1),))
    leg = community.leg("world:opening", "cash:box", 5, commodity="CNY", lot="fund:operating")
    used = OpenBalances(legs=(leg,), list=NO_LIST)
    assert outcomes(community, opened, used, bad, atomic=True) == [
        "stale_state",
        "stale_state",
        "insufficient_balance",
    ]
    refused = community.refusal(used)
    assert isinstance(refused, UnknownAccountError)
    assert community.post(opened).seq == size(community) - 1


def test_200_clients_spend_one_balance_once(community: Community) -> None:
    command = Transfer(legs=(community.leg("王", "李", 100),))
    barrier = threading.Barrier(40)

    def spend(number: int) -> str:
        if number < barrier.parties:
            barrier.wait()
        try:
            community.post(command, key=f"k{number}")
        except TimebankError as error:
            return error.code
        return "posted"

    with ThreadPoolExecutor(barrier.parties) as pool:
        answers = Counter(pool.map(spend, range(200)))
    assert answers == {"posted": 1, "insufficient_balance": 199}
    assert (net(community, "王"), net(community, "李")) == (0, 100)


def test_a_reader_does_not_wait_for_the_writer(community: Community) -> None:
    with writing(community.installation.engine) as connection:
        connection.execute(text("UPDATE heads SET size = size"))
        assert net(community, "王") == 100


def test_an_unknown_book_is_said(installation: Installation) -> None:
    community = Community(installation)
    with pytest.raises(UnknownBookError):
        post(installation, "none", community.posting(Close(until="2026-01-01")))


def test_posted_never_goes_back_and_a_jump_asks_the_operator(community: Community) -> None:
    community.clock.advance(days=-2)
    assert community.transfer("王", "李", 1).entry.posted == "2026-03-01"
    community.clock.advance(days=-1)
    with pytest.raises(ClockJumpError):
        community.transfer("王", "李", 1)
