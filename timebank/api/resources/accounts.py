"""Accounts 账户: the containers that hold amounts."""

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.api.values import LimitView, PageQuery, to_limits
from timebank.flows.definitions import CloseAccount, OpenAccount
from timebank.ledger.model import Account
from timebank.services import chart
from timebank.services.posting import post

resource = Resource("accounts", "The containers that hold amounts. 账户")
opening = CommandBody(OpenAccount)
closure = CommandBody(CloseAccount, without=("account",))


class AccountView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account: its type, and the entries that opened and closed it."""

    account: str
    type: str
    title: str
    limits: tuple[LimitView, ...]
    opened: int
    closed: int | None = None


class AccountPage(msgspec.Struct, frozen=True):
    """Some of the accounts of a book."""

    accounts: tuple[AccountView, ...]


def to_table(_call: Call[PageQuery], found: AccountPage) -> Table:
    """Accounts as a table."""
    columns = ("account", "type", "title", "opened", "closed")
    rows = ((one.account, one.type, one.title, one.opened, one.closed) for one in found.accounts)
    return Table(columns, rows)


@resource.get("/accounts", scope="read", query=PageQuery, gives=AccountPage, table=to_table)
def list_accounts(call: Call[PageQuery]) -> Answer[AccountPage]:
    """List accounts by code, the closed ones too."""
    page = chart.list_accounts(
        call.installation, call.slug, after=call.input.after, limit=call.input.limit
    )
    found = AccountPage(tuple(map(_to_view, page.items)))
    return Answer(value=found, next_after=page.after)


@resource.get("/accounts/<account>", scope="read", query=Nothing, gives=AccountView)
def get_account(call: Call[Nothing], account: str) -> Answer[AccountView]:
    """Show an account."""
    return Answer(value=_to_view(chart.get_account(call.installation, call.slug, account)))


@resource.post("/accounts", scope="define", takes=opening.type, gives=AccountView)
def open_account(call: Call[msgspec.Struct]) -> Answer[AccountView]:
    """Open an account such as `groups:chess-club`."""
    asked = opening.asked(call.input)
    posted = post(call.installation, call.slug, call.posting(asked))
    found = chart.get_account(call.installation, call.slug, asked.command.account)
    created = f"/accounts/{found.code}"
    return Answer(value=_to_view(found), created=created, replayed=posted.replayed)


@resource.post(
    "/accounts/<account>/closure",
    scope="define",
    takes=closure.type,
    gives=AccountView,
    creates=False,
)
def close_account(call: Call[msgspec.Struct], account: str) -> Answer[AccountView]:
    """Close an account that holds nothing, for ever."""
    asked = closure.asked(call.input, account=account)
    posted = post(call.installation, call.slug, call.posting(asked))
    found = chart.get_account(call.installation, call.slug, account)
    return Answer(value=_to_view(found), replayed=posted.replayed)


def _to_view(found: Account) -> AccountView:
    return AccountView(
        account=found.code,
        type=found.type,
        title=found.title,
        limits=to_limits(found.limits),
        opened=found.opened,
        closed=found.closed or None,
    )
