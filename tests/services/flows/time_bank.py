"""A time bank over a real journal: its commands in short.

``with_rules`` makes one of the community that tests begin with.
"""

from collections.abc import Sequence
from typing import Any

from tests.installations import Community
from tests.ledger.bench import hash_of
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.holds import Hold
from timebank.flows.services import Helper, Service
from timebank.services.balances import account_balances, member_balances, overview
from timebank.services.posting import Posted, Posting, post_batch

VERIFIED = ("staff:verifier:1", "staff:coordinator:2")
TWO_STAFF = ("staff:treasurer:1", "staff:coordinator:2")
RULES = (
    SettingFact("tariff", 6, "POINT", "general"),
    SettingFact("tariff", 60, "HOUR", "general"),
    SettingFact("tariff", 10, "POINT", "given"),
    SettingFact("donate_only", 1, category="given"),
    SettingFact("cap_daily", 10, "POINT"),
    SettingFact("cap_lifetime", 40, "POINT"),
)


def with_rules(community: Community) -> Community:
    """王 has 100 points, 李 and 张 none; an hour earns 6; 10 a day and 40 ever may be kept."""
    community.enrol("张")
    community.post(SetPolicy(settings=RULES))
    return community


def service(
    bank: Community,
    name: str,
    *helpers: tuple[str, int],
    **more: Any,  # noqa: ANN401 - any field
) -> Service:
    named = tuple(Helper(bank.ids[helper], minutes) for helper, minutes in helpers)
    fields = {"category": "general", "commodity": "POINT", **more}
    return Service(task=hash_of(name), helpers=named, **fields)


def serve(
    bank: Community,
    name: str,
    *helpers: tuple[str, int],
    **more: Any,  # noqa: ANN401 - any field
) -> Posted:
    return bank.post(service(bank, name, *helpers, **more), by=VERIFIED)


def hold(bank: Community, name: str, amount: int) -> int:
    return bank.post(Hold(member=bank.ids[name], amount=amount, commodity="POINT")).seq


def balance(bank: Community, name: str) -> int:
    """What somebody, or a public account, has in points."""
    installation, slug = bank.installation, bank.slug
    if name in bank.ids:
        found = member_balances(installation, slug, bank.ids[name], commodity="POINT")
    else:
        found = account_balances(installation, slug, name, commodity="POINT")
    return sum(row.balance for row in found.rows if row.account in ("members", name))


def balances(bank: Community, *names: str) -> list[int]:
    return [balance(bank, name) for name in names]


def post_all(
    bank: Community, *asked: tuple[Command, tuple[str, ...]]
) -> Sequence[Posted | TimebankError]:
    postings = [Posting(command=command, by=by) for command, by in asked]
    return post_batch(bank.installation, bank.slug, postings, atomic=False)


def size(bank: Community) -> int:
    return overview(bank.installation, bank.slug).size
