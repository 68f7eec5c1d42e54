"""A time bank in memory: commands in short, for tests of its flows and rules.

    bench = time_bank()
    bench.enrol("ana", "bo")
    tariff(bench, 6)
    serve(bench, ("ana", 90))  # 9 points, from the community

Policies are set from the day of the bench on unless it is said; whoever has to post posts.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, Bench, auditor, hash_of, member_id, place, replay
from timebank.errors import LogBrokenError
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.services import Helper, Service
from timebank.ledger.model import Draft, Entry, Leg

VERIFIED = ("staff:verifier:1", "staff:coordinator:2")
TWO_STAFF = ("staff:treasurer:1", "staff:coordinator:2")


def time_bank(*, today: str = TODAY) -> Bench:
    """A book that counts points and hours, with ana, bo, cy and a club; no policy yet."""
    bench = Bench(today=today)
    bench.define("HOUR", "time")
    bench.account("groups:chess")
    bench.enrol("ana", "bo", "cy")
    return bench


def fact(
    setting: str, value: int, commodity: str | None = None, category: str | None = None
) -> SettingFact:
    return SettingFact(setting=setting, value=value, commodity=commodity, category=category)


def policy(
    bench: Bench, *settings: SettingFact, in_force: str | None = None, day: str | None = None
) -> int:
    """Set several settings at once."""
    return bench.post(SetPolicy(settings=settings, in_force=in_force, day=day))


def tariff(
    bench: Bench,
    rate: int,
    *,
    commodity: str = "POINT",
    category: str = "general",
    in_force: str | None = None,
) -> int:
    """Set what 60 minutes earn."""
    return policy(bench, fact("tariff", rate, commodity, category), in_force=in_force)


def service(*helpers: tuple[str, int], **more: Any) -> Service:  # noqa: ANN401 - any field
    """The command for a service of helpers with their minutes, in POINT unless it is said."""
    fields = {"task": "task 1", "category": "general", "commodity": "POINT", **more}
    named = tuple(Helper(member_id(name), minutes) for name, minutes in helpers)
    return Service(**{**fields, "task": hash_of(fields["task"])}, helpers=named)


def serve(bench: Bench, *helpers: tuple[str, int], **more: Any) -> int:  # noqa: ANN401 - any field
    """Post a service, of a task of its own unless it is named."""
    fields = {"task": f"task of entry {bench.state.size}", **more}
    return bench.post(service(*helpers, **fields), by=VERIFIED)


def expire(bench: Bench, *names: str, until: str, **more: Any) -> int:  # noqa: ANN401 - any field
    """Let what is old enough expire, in POINT unless it is said."""
    fields = {"commodity": "POINT", **more}
    return bench.post(Expire(accounts=tuple(map(place, names)), until=until, **fields))


def adjust(bench: Bench, name: str, amount: int, *, policy: int) -> int:
    """Take points out of circulation."""
    command = Adjust(account=place(name), amount=amount, commodity="POINT", policy=policy)
    return bench.post(command, by=TWO_STAFF)


def amounts(legs: tuple[Leg, ...]) -> list[tuple[int, str, str]]:
    """Legs without their references: amount, from, to."""
    return [(leg.amount, leg.from_.partition("#")[0], leg.to.partition("#")[0]) for leg in legs]


def bank_with_tariffs() -> Bench:
    """A time bank where an hour earns 6 points, or 10 where it takes a skill."""
    bench = time_bank()
    policy(
        bench,
        fact("tariff", 6, "POINT", "general"),
        fact("tariff", 10, "POINT", "skilled"),
        fact("tariff", 60, "HOUR", "general"),
    )
    return bench


def shared_out(bench: Bench) -> list[tuple[int, str, str]]:
    return amounts(bench.entry().legs)


def broken(bodies: list[bytes], bench: Bench, *, keyed: bool = False) -> str:
    """What replay has against the last entry of a log."""
    reveal = auditor(bodies, bench.ring()) if keyed else None
    with pytest.raises(LogBrokenError) as caught:
        replay(bodies, reveal=reveal)
    assert caught.value.seq == len(bodies) - 1
    return str(caught.value)


def changed_public(**facts: Any) -> Callable[[Entry], Entry]:  # noqa: ANN401 - any fact
    return lambda entry: msgspec.structs.replace(entry, public={**entry.public, **facts})


def with_amounts(draft: Draft, *amounts: int) -> Draft:
    legs = (leg._replace(amount=amount) for leg, amount in zip(draft.legs, amounts, strict=True))
    return replace(draft, legs=tuple(legs))
