"""A book that has something of everything: rows in every table, and over 256 entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import Databases
from tests.foundings import Founding, like
from tests.installations import Community, found_community, open_balance
from tests.ledger.bench import hash_of
from timebank.flows.definitions import (
    CloseAccount,
    LimitFact,
    OpenAccount,
    SetPolicy,
    SettingFact,
)
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Transfer
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.flows.services import Helper, Service
from timebank.services import forgetting
from timebank.services.books import rotate_key
from timebank.services.installation import Installation
from timebank.services.members import leave
from timebank.services.posting import post_batch

TRANSFERS = 260


@contextmanager
def full_book_in(databases: Databases, home: Path) -> Iterator[Community]:
    """A full book in a database of its own, which goes with the block."""
    with like(_FULL, databases, home) as community:
        yield community


def full_book(installation: Installation) -> Community:
    """Fill a book: everything there is, on several days, with people who left or are forgotten."""
    community = found_community(installation)
    _define(community)
    community.enrol("王", "李", "赵", "孙", "钱")
    for name in ("王", "李", "赵", "孙"):
        community.issue(name, 1_000)
    early = community.post(Hold(member=community.ids["李"], amount=30, commodity="POINT"))
    open_balance(community, "bank:main", 5_000, commodity="CNY", lot="fund:operating")
    open_balance(community, "stock:yicang", 20, commodity="RICE-5KG", lot="rice-1")
    for name in ("孙", "赵"):
        community.transfer(name, "李", 1_000)
        if name == "孙":
            forgetting.forget(installation, community.slug, community.ids[name], by=("system",))
    leave(installation, community.slug, community.ids["钱"], by=("system",))
    community.clock.advance(days=1)
    _transfer_much(community)
    community.clock.advance(days=1)
    community.post(Release(hold=early.seq, amount=20))
    _serve(community)
    _hold(community)
    return community


_FULL = Founding(full_book)


def _define(community: Community) -> None:
    for command in (
        OpenAccount(account="groups:choir", title="合唱队", limits=(LimitFact("POINT", 50),)),
        OpenAccount(account="cash:old"),
        CloseAccount(account="cash:old"),
        SetPolicy(
            settings=(
                SettingFact("credit_limit", 30, "POINT"),
                SettingFact("tariff", 6, "POINT", "general"),
            )
        ),
    ):
        community.post(command)


def _transfer_much(community: Community) -> None:
    postings = [
        community.posting(
            Transfer(legs=(community.leg("李", "王" if number % 2 else "groups:choir", 1),)),
            key=f"transfer {number}",
        )
        for number in range(TRANSFERS)
    ]
    post_batch(community.installation, community.slug, postings, atomic=True)


def _serve(community: Community) -> None:
    """Two services of two helpers, one of them reversed."""
    helpers = tuple(Helper(community.ids[name], 60) for name in ("王", "李"))
    services = [
        Service(task=hash_of(task), category="general", commodity="POINT", helpers=helpers)
        for task in ("roof", "tap")
    ]
    by = ("staff:verifier:1", "staff:coordinator:2")
    first, _ = [community.post(service, by=by) for service in services]
    community.post(Reverse(reverses=first.seq))


def _hold(community: Community) -> None:
    member = community.ids["王"]
    first, second = (
        community.post(Hold(member=member, amount=amount, commodity="POINT")) for amount in (40, 30)
    )
    settled = community.post(Settle(hold=first.seq, to=community.reference("李"), amount=10))
    community.post(Release(hold=second.seq, amount=5))
    community.post(Reverse(reverses=settled.seq))
    community.post(Close(until="2026-03-01"))
    rotate_key(community.installation, community.slug)
    community.transfer("王", "李", 5)
