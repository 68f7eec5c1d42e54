"""The front page: which books there are, how long they are, and what they hold in public."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template

from timebank.ledger.amounts import format_amount
from timebank.ledger.model import Commodity
from timebank.services import balances, books, chart
from timebank.services.balances import AccountBalance, Overview
from timebank.services.installation import Installation, current_installation
from timebank.services.pages import LIMIT_MAX
from timebank.web.account_names import AccountName, account_name
from timebank.web.headers import PAGE_POLICY

BOOKS_MAX: Final = 50
"""How many books the front page shows; the API lists all."""

blueprint = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A balance as people read it."""

    account: str
    name: AccountName
    commodity: str
    lot: str
    balance: str


@dataclass(frozen=True, slots=True)
class BookSection:
    """A book on the front page."""

    seen: Overview
    lines: tuple[BalanceLine, ...]


@blueprint.get("/")
def show_books() -> Response:
    """Show the books of this installation."""
    installation = current_installation()
    found = books.list_books(installation)
    sections = [_section(installation, book.slug) for book in found[:BOOKS_MAX]]
    page = render_template("books.html", sections=sections, more=len(found) - len(sections))
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


def _section(installation: Installation, slug: str) -> BookSection:
    seen = balances.overview(installation, slug)
    commodities = {one.code: one for one in chart.list_commodities(installation, slug)}
    titles = _titles(installation, slug)
    lines = (
        _line(row, titles.get(row.account, ""), commodities[row.commodity])
        for row in seen.balances
        if row.balance
    )
    return BookSection(seen, tuple(lines))


def _titles(installation: Installation, slug: str) -> dict[str, str]:
    """The titles of all accounts."""
    titles: dict[str, str] = {}
    after: str | None = ""
    while after is not None:
        page = chart.list_accounts(installation, slug, after=after, limit=LIMIT_MAX)
        titles |= {account.code: account.title for account in page.items}
        after = page.after
    return titles


def _line(row: AccountBalance, title: str, commodity: Commodity) -> BalanceLine:
    return BalanceLine(
        account=row.account,
        name=account_name(row.account, title),
        commodity=f"{commodity.title} {commodity.code}".strip(),
        lot=row.lot,
        balance=format_amount(row.balance, commodity.scale, commodity.kind),
    )
