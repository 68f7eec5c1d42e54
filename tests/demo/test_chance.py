"""Chance from a seed: the same for ever, and as likely as it says."""

from collections import Counter

from timebank.demo.chance import Chance


def test_the_same_seed_and_topic_draw_the_same_for_ever() -> None:
    chance = Chance(2010, "market")
    assert [chance.whole(1, 1_000) for _ in range(5)] == [255, 786, 80, 514, 539]
    assert chance.some_of("abcdefgh", 4) == ["c", "g", "h", "a"]


def test_topics_and_seeds_have_draws_of_their_own() -> None:
    draws = {
        tuple(chance.whole(0, 9) for _ in range(20))
        for chance in (Chance(1, "a"), Chance(1, "b"), Chance(2, "a"))
    }
    assert len(draws) == 3


def test_whole_numbers_come_from_the_whole_range_about_equally() -> None:
    chance = Chance(1, "whole")
    counts = Counter(chance.whole(3, 7) for _ in range(10_000))
    assert sorted(counts) == [3, 4, 5, 6, 7]
    assert all(1_800 < count < 2_200 for count in counts.values())


def test_things_happen_as_often_as_they_should() -> None:
    chance = Chance(1, "often")
    assert 2_800 < sum(chance.happens(30) for _ in range(10_000)) < 3_200
    assert not any(chance.happens(0) for _ in range(1_000))
    for average in (0.2, 3.5):
        times = [chance.times(average) for _ in range(10_000)]
        assert 0.95 * average < sum(times) / len(times) < 1.05 * average
        assert max(times) <= 2 * average + 1


def test_some_of_several_are_different_and_never_more_than_there_are() -> None:
    chance = Chance(1, "some")
    items = range(10)
    seen = Counter(item for _ in range(1_000) for item in chance.some_of(items, 4))
    assert sorted(seen) == list(items)
    assert all(len(set(chance.some_of(items, 4))) == 4 for _ in range(100))
    assert sorted(chance.some_of(items, 99)) == list(items)
    assert chance.some_of((), 2) == []
