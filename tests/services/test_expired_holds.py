"""Expired holds go back to their owners: once, and only those that are over."""

import threading

import pytest

from tests.installations import Community
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.reversals import Reverse
from timebank.services import expired_holds
from timebank.services.expired_holds import Released, release_expired
from timebank.services.holds import list_holds
from timebank.services.verification import Verdict, verify_book

NOTHING = Released(0, ())


def hold(community: Community, amount: int, expires: str | None) -> int:
    member = community.ids["王"]
    return community.post(
        Hold(member=member, amount=amount, commodity="POINT", expires=expires)
    ).seq


def open_holds(community: Community) -> dict[int, int]:
    page = list_holds(community.installation, "demo")
    return {one.seq: one.remaining for one in page.items}


def test_only_what_is_over_is_released(community: Community) -> None:
    last_day = hold(community, 10, "2026-03-02")
    hold(community, 5, "2026-03-01")
    endless, later = hold(community, 3, None), hold(community, 2, "2026-03-09")
    assert release_expired(community.installation, "demo") == NOTHING
    community.clock.advance(days=1)
    assert release_expired(community.installation, "demo") == Released(1, ())
    assert open_holds(community) == {last_day: 10, endless: 3, later: 2}
    community.clock.advance(days=1)
    assert release_expired(community.installation, "demo") == Released(1, ())
    assert open_holds(community) == {endless: 3, later: 2}


def test_the_day_is_that_of_the_book(community: Community) -> None:
    hold(community, 10, "2026-03-01")
    community.clock.advance(minutes=11 * 60)  # 15:00 UTC on the first is 23:00 in Shanghai.
    assert release_expired(community.installation, "demo") == NOTHING
    community.clock.advance(minutes=60)
    assert release_expired(community.installation, "demo") == Released(1, ())


def test_what_is_left_of_a_hold_is_released_by_the_system(community: Community) -> None:
    seq = hold(community, 10, "2026-03-01")
    community.post(Settle(hold=seq, to=community.reference("李"), amount=4))
    community.clock.advance(days=1)
    release_expired(community.installation, "demo")
    page = list_holds(community.installation, "demo")
    assert page.items == ()
    refusal = community.refusal(Release(hold=seq))
    assert refusal.code == "over_remaining"
    assert verify_book(community.installation, "demo").verdict is Verdict.FINE


def test_to_do_it_again_changes_nothing(community: Community) -> None:
    hold(community, 10, "2026-03-01")
    community.clock.advance(days=1)
    assert release_expired(community.installation, "demo").count == 1
    assert release_expired(community.installation, "demo") == NOTHING


def test_a_hold_that_a_reversal_brought_back_is_released_again(community: Community) -> None:
    seq = hold(community, 10, "2026-03-01")
    community.clock.advance(days=1)
    release_expired(community.installation, "demo")
    community.post(Reverse(reverses=seq + 1))
    assert open_holds(community) == {seq: 10}
    assert release_expired(community.installation, "demo") == Released(1, ())


def test_several_at_once_release_each_hold_once(community: Community) -> None:
    for _ in range(8):
        hold(community, 1, "2026-03-01")
    community.clock.advance(days=1)
    released: list[Released] = []
    threads = [
        threading.Thread(
            target=lambda: released.append(release_expired(community.installation, "demo"))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.count for one in released) == 8
    assert [one.refused for one in released] == [()] * 4
    assert open_holds(community) == {}


def test_more_than_one_transaction_of_them(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expired_holds, "BATCH", 3)
    for _ in range(8):
        hold(community, 1, "2026-03-01")
    community.clock.advance(days=1)
    assert release_expired(community.installation, "demo") == Released(8, ())
    assert open_holds(community) == {}
