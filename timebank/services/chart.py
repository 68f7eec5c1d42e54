"""The chart of a book: accounts, commodities, lots and funds, and the policy in force."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from timebank.errors import LotError, UnknownAccountError, UnknownCommodityError
from timebank.ledger import codes
from timebank.ledger.model import Account, Commodity, Lot, Policy
from timebank.services.installation import Installation
from timebank.services.pages import LIMIT, Page, check_limit
from timebank.services.views import View, view
from timebank.store import definitions

LotPlace = tuple[str, str]
"""A commodity and the code of a lot of it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A number of the policy in force: what it is set for, since which day, by which entry."""

    setting: str
    value: int
    in_force: str
    seq: int
    commodity: str = ""
    category: str = ""
    goods: str = ""


def list_accounts(
    installation: Installation, slug: str, *, after: str = "", limit: int = LIMIT
) -> Page[Account, str]:
    """Accounts by code, closed ones too."""
    check_limit(limit)
    with view(installation, slug) as seen:
        found = definitions.list_accounts(
            seen.connection, seen.book.book_id, after=after, limit=limit + 1
        )
    items = tuple(found[:limit])
    return Page(items, items[-1].code if len(found) > limit else None)


def get_account(installation: Installation, slug: str, code: str) -> Account:
    """The account with this code. Raises UnknownAccountError."""
    with view(installation, slug) as seen:
        found = definitions.find_account(seen.connection, seen.book.book_id, code)
    if found is None:
        raise UnknownAccountError(code)
    return found


def list_commodities(installation: Installation, slug: str) -> tuple[Commodity, ...]:
    """All commodities by code."""
    with view(installation, slug) as seen:
        return tuple(definitions.list_commodities(seen.connection, seen.book.book_id))


def get_commodity(installation: Installation, slug: str, code: str) -> Commodity:
    """The commodity with this code. Raises UnknownCommodityError."""
    for commodity in list_commodities(installation, slug):
        if commodity.code == code:
            return commodity
    raise UnknownCommodityError(code)


def list_lots(
    installation: Installation,
    slug: str,
    *,
    commodity: str | None = None,
    after: LotPlace = ("", ""),
    limit: int = LIMIT,
) -> Page[Lot, LotPlace]:
    """Lots by commodity and code, batches of goods and funds of money, or those of one commodity.

    Raises UnknownCommodityError.
    """
    with view(installation, slug) as seen:
        of = _codes(seen)
        if commodity is not None:
            if commodity not in of:
                raise UnknownCommodityError(commodity)
            of = {commodity}
        return _list_lots(seen, of, after, limit)


def list_funds(
    installation: Installation, slug: str, *, after: LotPlace = ("", ""), limit: int = LIMIT
) -> Page[Lot, LotPlace]:
    """Funds by commodity and code: the lots of money."""
    with view(installation, slug) as seen:
        return _list_lots(seen, _codes(seen, "money"), after, limit)


def get_lot(installation: Installation, slug: str, commodity: str, code: str) -> Lot:
    """The lot of a commodity with this code. Raises LotError."""
    with view(installation, slug) as seen:
        found = definitions.find_lot(seen.connection, seen.book.book_id, commodity, code)
    if found is None:
        raise LotError(commodity, code, f"there is no lot {code}")
    return found


def list_policies(installation: Installation, slug: str) -> tuple[Policy, ...]:
    """All versions of the policy, in the order in which they were decided."""
    with view(installation, slug) as seen:
        return tuple(definitions.list_policies(seen.connection, seen.book.book_id))


def settings_on(
    installation: Installation, slug: str, day: str | None = None
) -> tuple[Setting, ...]:
    """The settings in force on a day, today where none is given. Raises MalformedError."""
    if day is not None:
        codes.check_code("day", day, field="on")
    with view(installation, slug) as seen:
        day = day or installation.clock.today(seen.book.time_zone)
        policies = definitions.list_policies(seen.connection, seen.book.book_id)
    found: dict[tuple[str, ...], Setting] = {}
    for policy in sorted(policies, key=lambda policy: (policy.in_force, policy.seq)):
        if policy.in_force <= day:
            for item in policy.settings:
                key = item["setting"], *(item.get(name, "") for name in _SET_FOR)
                found[key] = Setting(
                    item["setting"], item["value"], policy.in_force, policy.seq, *key[1:]
                )
    return tuple(found[key] for key in sorted(found))


_SET_FOR: Final = ("commodity", "category", "goods")


def _codes(seen: View, kind: str | None = None) -> set[str]:
    commodities = definitions.list_commodities(seen.connection, seen.book.book_id)
    return {commodity.code for commodity in commodities if kind in (None, commodity.kind)}


def _list_lots(seen: View, of: Collection[str], after: LotPlace, limit: int) -> Page[Lot, LotPlace]:
    check_limit(limit)
    found = definitions.list_lots(
        seen.connection, seen.book.book_id, of, after=after, limit=limit + 1
    )
    items = tuple(found[:limit])
    more = (items[-1].commodity, items[-1].code) if len(found) > limit else None
    return Page(items, more)
