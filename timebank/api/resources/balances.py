"""Balances, now, as of a seq or on a day: of accounts, of members; and the trial balance.

What accounts hold as a whole is public and takes no key. What a member has in them is private.
"""

from typing import Annotated, Any

import msgspec

from timebank.api.calls import Answer, Call, Row, Table
from timebank.api.operations import Resource
from timebank.api.values import Day, Figures, Seq
from timebank.services import balances, trial_balances
from timebank.services.balances import Balances

resource = Resource("balances", "What came in and went out, and what is there.")


class BalancesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which balances, and when: now, as of the entry ``as_of``, by the end of the day ``on``."""

    commodity: str | None = None
    as_of: Annotated[Seq | None, msgspec.Meta(description="The last entry that counts.")] = None
    on: Annotated[Day | None, msgspec.Meta(description="The last day that counts.")] = None


class AccountBalancesQuery(BalancesQuery, frozen=True, kw_only=True):
    """As before; an empty ``lot`` asks for what has no lot."""

    lot: str | None = None


class BalanceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came in (debits) and went out (credits), and the difference, in smallest units."""

    account: str
    commodity: str
    debits: int
    credits: int
    balance: int
    lot: str = ""


class BalanceList(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Balances by account, commodity and lot, of the entries up to ``as_of``."""

    as_of: int
    balances: tuple[BalanceView, ...]
    on: Day | None = None


class TrialBalanceQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries count: those up to a seq, with a day up to a day."""

    as_of: Seq | None = None
    until: Day | None = None


class TrialBalanceView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All accounts as a whole, by account, commodity and lot."""

    as_of: int
    digest: Annotated[
        str, msgspec.Meta(description="base64 SHA-256 of the canonical lines (docs/FORMAT.md)")
    ]
    balances: tuple[BalanceView, ...]
    until: Day | None = None


def to_table(call: Call[Any], found: BalanceList | TrialBalanceView) -> Table:
    """Balances as a table, in the decimals of their commodities."""
    figures = Figures(call)
    columns = ("account", "commodity", "lot", "debits", "credits", "balance")
    return Table(columns, (_row(figures, one) for one in found.balances))


@resource.get("/balances", scope=None, query=BalancesQuery, gives=BalanceList, table=to_table)
def list_balances(call: Call[BalancesQuery]) -> Answer[BalanceList]:
    """List the balances of all accounts as a whole. Public."""
    asked = call.input
    found = balances.public_balances(
        call.installation, call.slug, commodity=asked.commodity, as_of=asked.as_of, on=asked.on
    )
    return Answer(value=_to_list(found))


@resource.get(
    "/accounts/<account>/balances",
    scope=None,
    query=AccountBalancesQuery,
    gives=BalanceList,
    table=to_table,
)
def list_account_balances(call: Call[AccountBalancesQuery], account: str) -> Answer[BalanceList]:
    """List the balances of an account as a whole. Public."""
    asked = call.input
    found = balances.account_balances(
        call.installation,
        call.slug,
        account,
        commodity=asked.commodity,
        lot=asked.lot,
        as_of=asked.as_of,
        on=asked.on,
    )
    return Answer(value=_to_list(found))


@resource.get(
    "/members/<member>/balances",
    scope="members",
    query=BalancesQuery,
    gives=BalanceList,
    table=to_table,
)
def list_member_balances(call: Call[BalancesQuery], member: str) -> Answer[BalanceList]:
    """List what a member has, by account and commodity."""
    asked = call.input
    found = balances.member_balances(
        call.installation,
        call.slug,
        member,
        commodity=asked.commodity,
        as_of=asked.as_of,
        on=asked.on,
    )
    return Answer(value=_to_list(found))


@resource.get(
    "/trial-balance", scope="read", query=TrialBalanceQuery, gives=TrialBalanceView, table=to_table
)
def get_trial_balance(call: Call[TrialBalanceQuery]) -> Answer[TrialBalanceView]:
    """Show the trial balance, whose digest a close states."""
    found = trial_balances.trial_balance(
        call.installation, call.slug, as_of=call.input.as_of, until=call.input.until
    )
    view = TrialBalanceView(
        as_of=found.as_of,
        until=found.until,
        digest=found.digest,
        balances=tuple(
            BalanceView(
                account=row.account,
                commodity=row.commodity,
                lot=row.lot,
                debits=row.debits,
                credits=row.credits,
                balance=row.net,
            )
            for row in found.rows
        ),
    )
    return Answer(value=view)


def _row(figures: Figures, one: BalanceView) -> Row:
    amounts = (one.debits, one.credits, one.balance)
    written = (figures.format(amount, one.commodity) for amount in amounts)
    return (one.account, one.commodity, one.lot, *written)


def _to_list(found: Balances) -> BalanceList:
    rows = (msgspec.convert(row, BalanceView, from_attributes=True) for row in found.rows)
    return BalanceList(as_of=found.as_of, on=found.on, balances=tuple(rows))
