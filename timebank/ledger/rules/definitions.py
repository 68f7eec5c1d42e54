"""Definitions: opening the book, and what it counts, where, for whom and by which settings.

Definitions are entries too. They are never changed and never reopened: what is defined once stays
so, which is why whoever has only the log can rebuild the chart of any day. Each kind has its
``_check`` and its ``_apply`` side by side.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from timebank.errors import (
    AlreadyDefinedError,
    CapacityError,
    FactsError,
    FundRestrictedError,
    HolderGoneError,
    LotError,
    NotSettledError,
    StaleStateError,
    UnknownCommodityError,
    UnknownKindError,
    UnknownMemberError,
)
from timebank.ledger import notes
from timebank.ledger.model import Account, Commodity, Entry, Holder, Limit, Lot, Policy
from timebank.ledger.rules.capacities import meets
from timebank.ledger.rules.funds import DONATED, OPERATING
from timebank.ledger.rules.markets import AGENCY
from timebank.ledger.settings import setting_key
from timebank.ledger.state import BookState

GENESIS = "book.opened"
FUND_PREFIX = "fund:"
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", re.ASCII)
_COUNTED = ("time", "points")
_GIVES_CREDIT = ("staff:treasurer", "system")
"""Who may give a member credit: anybody may enrol, but not lend what is the association's."""
_FUND = "fund.opened"
_GOODS_FACTS = ("basis", "expires", "fund", "source", "uses", "value")


def check_genesis(entry: Entry) -> None:
    """Raise StaleStateError unless this opens the book and is its first entry, or neither."""
    if (entry.kind == GENESIS) != (entry.seq == 0):
        raise StaleStateError("book", "it is opened by its first entry, once")


def check_definition(entry: Entry, state: BookState, *, revealed: bool) -> None:
    """Raise the error that speaks against a definition."""
    _CHECKS[entry.kind](entry, state)
    if revealed and entry.kind == "holder.left":
        _check_settled(entry.public["enrolled"], state)


def apply_definition(entry: Entry, state: BookState) -> None:
    """Fold a checked definition into the state."""
    _APPLIES[entry.kind](entry, state)


def _check_book(entry: Entry, state: BookState) -> None:
    chart = [item["account"] for item in entry.public["chart"]]
    if len(set(chart)) != len(chart):
        raise FactsError("chart", "names an account twice")
    for item in entry.public["chart"]:
        _check_family(item["account"], item["type"], state)
    if not _TIME_ZONE.fullmatch(entry.public["time_zone"]):
        raise FactsError("time_zone", "must be an IANA time zone such as Asia/Shanghai")
    _check_vkey(entry, state)


def _apply_book(entry: Entry, state: BookState) -> None:
    state.time_zone = entry.public["time_zone"]
    state.vkeys.append(entry.public["vkey"])
    for item in entry.public["chart"]:
        state.accounts[item["account"]] = Account(item["account"], item["type"], entry.seq)


def _check_family(account: str, type_: str, state: BookState) -> None:
    family = state.registry.family(account)
    if family is None:
        raise UnknownKindError(f"of the account {account}")
    if family.type != type_:
        raise FactsError("account", f"{account} cannot be a {type_} account")


def _check_commodity(entry: Entry, state: BookState) -> None:
    if entry.public["commodity"] in state.commodities:
        raise AlreadyDefinedError("commodity", entry.public["commodity"])


def _apply_commodity(entry: Entry, state: BookState) -> None:
    facts = entry.public
    state.commodities[facts["commodity"]] = Commodity(
        facts["commodity"], facts["kind"], facts["scale"], entry.seq, facts.get("title", "")
    )


def _check_account(entry: Entry, state: BookState) -> None:
    account = entry.public["account"]
    if account in state.accounts:
        raise AlreadyDefinedError("account", account)
    _check_family(account, entry.public["type"], state)
    if not state.registry.is_openable(account):
        raise FactsError("account", f"{account} is opened with the book, or never")
    _check_limits(entry.public, state)


def _apply_account(entry: Entry, state: BookState) -> None:
    facts = entry.public
    state.accounts[facts["account"]] = Account(
        facts["account"], facts["type"], entry.seq, facts.get("title", ""), _limits_of(facts)
    )


def _check_closing(entry: Entry, state: BookState) -> None:
    code = entry.public["account"]
    state.open_account(code)
    if not state.registry.is_openable(code):
        raise FactsError("account", f"{code} is part of every book")
    for key, balance in state.balances.items():
        if key.account == code and balance.net:
            raise NotSettledError(code, key.commodity, key.lot, balance.net)


def _apply_closing(entry: Entry, state: BookState) -> None:
    code = entry.public["account"]
    state.accounts[code] = replace(state.accounts[code], closed=entry.seq)
    state.routes.clear()


def _check_lot(entry: Entry, state: BookState) -> None:
    facts = entry.public
    commodity = _check_new(facts, state)
    if commodity.kind == "money" and any(fact in facts for fact in _GOODS_FACTS):
        raise FactsError("lot", f"a fund has no {', '.join(_GOODS_FACTS)}")
    if commodity.kind == "goods":
        _check_goods(facts, state)


def _check_new(facts: dict[str, Any], state: BookState) -> Commodity:
    """The commodity of a lot that is new in it, and may be there."""
    commodity = _commodity(facts["commodity"], state)
    if (commodity.code, facts["lot"]) in state.lots:
        raise AlreadyDefinedError("lot", facts["lot"])
    if commodity.kind in _COUNTED:
        raise LotError(commodity.code, facts["lot"], "hours and points have no lots")
    if (commodity.kind == "money") != facts["lot"].startswith(FUND_PREFIX):
        raise LotError(commodity.code, facts["lot"], "money is in fund:..., goods are not")
    return commodity


def _check_fund(entry: Entry, state: BookState) -> None:
    """A fund 专户 is a lot of money with its purpose; what was donated pays no overheads."""
    facts = entry.public
    if _check_new(facts, state).kind != "money":
        raise FactsError("commodity", "must be money")
    if facts["lot"] == AGENCY:
        raise FundRestrictedError(AGENCY, "is not the association's money")
    if facts["source"] == DONATED and (facts["lot"] == OPERATING or "overheads" in facts):
        raise FactsError("overheads", "are never paid from donations")
    if "ends" in facts and facts["ends"] < entry.posted:
        raise FactsError("ends", "is before the fund is opened")


def _check_goods(facts: dict[str, Any], state: BookState) -> None:
    value = facts.get("value")
    if (value is None) != ("basis" not in facts):
        raise FactsError("value", "value and basis go together")
    if value and _commodity(value["commodity"], state).kind != "money":
        raise FactsError("value.commodity", "must be money")
    fund = facts.get("fund")
    if fund:
        _check_uses(facts, fund, state)


def _check_uses(facts: dict[str, Any], fund: str, state: BookState) -> None:
    """What is bought with a fund may be used for nothing that the fund is not for.

    The fund is that in the commodity of the goods' value; without a value those in all of money.
    """
    money = facts["value"]["commodity"] if "value" in facts else ""
    funds = [
        lot
        for lot in state.lots.values()
        if lot.code == fund and (not money or lot.commodity == money)
    ]
    if not (fund.startswith(FUND_PREFIX) and funds):
        raise LotError(facts["commodity"], fund, f"there is no fund {fund}")
    if fund == AGENCY:
        raise FundRestrictedError(fund, "is not the association's money")
    for lot in funds:
        allowed = lot.facts.get("categories")
        uses = facts.get("uses")
        if allowed is not None and (uses is None or not set(uses) <= set(allowed)):
            raise FundRestrictedError(fund, f"is for {', '.join(allowed)}; name such uses")


def _apply_lot(entry: Entry, state: BookState) -> None:
    facts = entry.public
    key = facts["commodity"], facts["lot"]
    state.lots[key] = Lot(*key, entry.seq, facts)


def _check_holder(entry: Entry, state: BookState) -> None:
    facts = entry.public
    if facts["key"] in state.key_hashes:
        raise AlreadyDefinedError("key", facts["key"])
    if "limits" in facts and facts["holder"] != "member":
        raise FactsError("limits", "only members have credit limits")
    if "limits" in facts and not any(
        meets(capacity, wanted) for capacity in entry.by for wanted in _GIVES_CREDIT
    ):
        raise CapacityError("credit", " or ".join(_GIVES_CREDIT))
    _check_limits(facts, state)


def _apply_holder(entry: Entry, state: BookState) -> None:
    facts = entry.public
    limits = _limits_of(facts)
    state.key_hashes.add(facts["key"])
    state.holders[entry.seq] = Holder(entry.seq, facts["holder"], facts["key"], limits)
    if facts["holder"] == "member":
        state.ceilings.enrol(limits)


def _check_leaving(entry: Entry, state: BookState) -> None:
    number = entry.public["enrolled"]
    holder = state.holders.get(number)
    if holder is None:
        raise UnknownMemberError(str(number))
    if holder.left:
        raise HolderGoneError(holder.name or str(number))


def _check_settled(number: int, state: BookState) -> None:
    """Whoever leaves owns nothing and owes nothing; only the keyed view can tell."""
    for key, balance in state.balances.items():
        if key.owner == number and balance.net:
            raise NotSettledError(state.name_of(key), key.commodity, key.lot, balance.net)


def _apply_leaving(entry: Entry, state: BookState) -> None:
    holder = state.holders[entry.public["enrolled"]]
    state.holders[holder.number] = msgspec.structs.replace(holder, left=entry.seq)
    if holder.kind == "member":
        state.ceilings.leave(holder.limits)


def _check_policy(entry: Entry, state: BookState) -> None:
    facts = entry.public
    if facts["in_force"] < entry.day:
        raise FactsError("in_force", f"must not be before the day it is decided, {entry.day}")
    named = set()
    for index, item in enumerate(facts["settings"]):
        _check_setting(index, item, state)
        _check_force(item, entry, state)
        named.add(setting_key(item))
    if len(named) != len(facts["settings"]):
        raise FactsError("settings", "names a setting twice")


def _check_setting(index: int, item: dict[str, Any], state: BookState) -> None:
    spec = state.registry.settings.get(item["setting"])
    path = f"settings[{index}]"
    if spec is None:
        raise UnknownKindError(f"of the setting {item['setting']}")
    for key, has in (
        ("commodity", bool(spec.commodity)),
        ("category", spec.category),
        ("goods", spec.goods),
    ):
        if has != (key in item):
            raise FactsError(path, f"{spec.setting} is {'' if has else 'not '}set for a {key}")
    if spec.commodity and _commodity(item["commodity"], state).kind not in spec.commodity:
        raise FactsError(path, f"{spec.setting} is for {' and '.join(spec.commodity)}")
    if spec.goods and _commodity(item["goods"], state).kind != "goods":
        raise FactsError(f"{path}.goods", "must be goods")
    if item["value"] > spec.most:
        raise FactsError(path, f"{spec.setting} is at most {spec.most}")


def _check_force(item: dict[str, Any], entry: Entry, state: BookState) -> None:
    """What was set before stays as it was for all days gone by, even those still open."""
    if entry.public["in_force"] < entry.posted and state.was_set(setting_key(item)):
        raise FactsError(
            "in_force",
            f"must not be before the day of posting, {entry.posted}: "
            f"{' '.join(filter(None, setting_key(item)))} was set before",
        )


def _apply_policy(entry: Entry, state: BookState) -> None:
    facts = entry.public
    state.policies.append(Policy(entry.seq, facts["in_force"], tuple(facts["settings"])))
    for item in facts["settings"]:
        if item["setting"] == "credit_limit":
            state.ceilings.publish(item["commodity"], item["value"])


def _check_vkey(entry: Entry, state: BookState) -> None:
    if notes.parse_vkey(entry.public["vkey"]).name != entry.book:
        raise FactsError("vkey", "its name must be the origin")
    if entry.public["vkey"] in state.vkeys:
        raise AlreadyDefinedError("vkey", entry.public["vkey"])


def _apply_vkey(entry: Entry, state: BookState) -> None:
    state.vkeys.append(entry.public["vkey"])


def _commodity(code: str, state: BookState) -> Commodity:
    found = state.commodities.get(code)
    if found is None:
        raise UnknownCommodityError(code)
    return found


def _check_limits(facts: dict[str, Any], state: BookState) -> None:
    commodities = [item["commodity"] for item in facts.get("limits", ())]
    if len(set(commodities)) != len(commodities):
        raise FactsError("limits", "names a commodity twice")
    for code in commodities:
        if _commodity(code, state).kind not in _COUNTED:
            raise FactsError("limits", "credit is in hours and points only")


def _limits_of(facts: dict[str, Any]) -> tuple[Limit, ...]:
    return tuple(Limit(item["commodity"], item["amount"]) for item in facts.get("limits", ()))


_CHECKS: dict[str, Callable[[Entry, BookState], None]] = {
    GENESIS: _check_book,
    "commodity.defined": _check_commodity,
    "account.opened": _check_account,
    "account.closed": _check_closing,
    "lot.registered": _check_lot,
    _FUND: _check_fund,
    "holder.enrolled": _check_holder,
    "holder.left": _check_leaving,
    "policy.set": _check_policy,
    "key.rotated": _check_vkey,
}
_APPLIES: dict[str, Callable[[Entry, BookState], None]] = {
    GENESIS: _apply_book,
    "commodity.defined": _apply_commodity,
    "account.opened": _apply_account,
    "account.closed": _apply_closing,
    "lot.registered": _apply_lot,
    _FUND: _apply_lot,
    "holder.enrolled": _apply_holder,
    "holder.left": _apply_leaving,
    "policy.set": _apply_policy,
    "key.rotated": _apply_vkey,
}

DEFINITIONS = frozenset(_CHECKS)
"""The kinds that define something."""
