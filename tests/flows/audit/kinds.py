"""What must be true of an entry of its kind when it has come."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from tests.flows.audit.book import Audit, Moved, day_of, is_donated, is_recalled, pays_fees
from timebank.ledger.model import Entry, Key


def check_service(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Helper by helper: what is credited, and what of it is donated, by the tariff and caps."""
    category, commodity = entry.public["category"], moved[0].commodity
    rate = audit.setting(entry, "tariff", day_of(entry), commodity=commodity, category=category)
    all_of_it = audit.setting(entry, "donate_only", day_of(entry), category=category)
    assert rate is not None
    shares = []
    for helper in entry.public["helpers"]:
        credited, donated = helper["minutes"] * rate // 60, helper.get("donated", 0)
        assert donated == credited if all_of_it else donated <= credited
        shares.append((credited - donated, donated))
    wanted = [
        pair for share in shares for pair in zip(("members", "pool:donated"), share, strict=True)
    ]
    assert [(one.to, one.amount) for one in moved] == [pair for pair in wanted if pair[1]]
    if not all_of_it:
        _check_caps(audit, entry, moved, shares)


def _check_caps(
    audit: Audit, entry: Entry, moved: list[Moved], shares: list[tuple[int, int]]
) -> None:
    """Of each who kept something, no less and no more than the caps left room for."""
    keepers = (one for one in moved if one.to == "members")
    for kept, donated in shares:
        if kept:
            keeper = next(keepers)
            room = _room(audit, entry, keeper.to_owner, keeper.commodity)
            assert donated == max(0, kept + donated - room)


def _room(audit: Audit, entry: Entry, owner: int, commodity: str) -> int:
    room = 10**9
    for setting, day in (("cap_daily", entry.day), ("cap_lifetime", "")):
        cap = audit.setting(entry, setting, entry.day, commodity=commodity)
        if cap is not None:
            room = min(
                room, cap - _counted(audit, entry, "service", owner, commodity=commodity, day=day)
            )
    return max(0, room)


def _counted(  # noqa: PLR0913 - all of it says what is counted
    audit: Audit, entry: Entry, kind: str, owner: int, *, commodity: str, day: str
) -> int:
    """What a member has earned, or redeemed, by entries that stood before this one."""
    return sum(
        one.amount
        for other in audit.standing(kind, before=entry.seq)
        if day in ("", other.day)
        for one in audit.moved[other.seq]
        if one.commodity == commodity
        and owner == (one.to_owner if kind == "service" else one.from_owner)
    )


def check_redemption(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Points and goods, at the price of the day, within the limit of the day."""
    (paid,) = (one for one in moved if not one.lot)
    cost = 0
    for one in moved:
        if one.lot:
            goods = {"commodity": paid.commodity, "goods": one.commodity}
            price = audit.setting(entry, "price", day_of(entry), **goods)
            assert price is not None
            cost += price * one.amount
    assert paid.amount == cost
    limit = audit.setting(entry, "redeem_daily", entry.day, commodity=paid.commodity)
    used = _counted(
        audit, entry, "redemption", paid.from_owner, commodity=paid.commodity, day=entry.day
    )
    assert limit is None or used + paid.amount <= limit


def check_sale(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """The pool has its share, the stall the rest, on the day of the market."""
    market = audit.entries[entry.public["market"]].public
    share = entry.public["price"] * market["share"] // 1000
    got = Counter({(one.to, one.lot): one.amount for one in moved if one.lot})
    split = {(market["cash"], market["fund"]): share}
    split["stalls", "fund:agency"] = entry.public["price"] - share
    assert got == Counter({place: amount for place, amount in split.items() if amount})
    assert day_of(entry) == market["held"]
    assert all(one.from_owner != one.to_owner for one in moved if not one.lot)


def check_purchase(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """What the lots cost and the fees are what was paid, from the fund that the lots carry."""
    money = [one for one in moved if audit.kind_of[one.commodity] == "money"]
    (fund,) = {one.lot for one in money}
    cost = entry.public.get("fees", 0)
    if cost:
        assert not is_donated(audit, fund)
        assert "market" in entry.public or pays_fees(audit, fund)
    for one in moved:
        if one not in money:
            facts = audit.facts_of(one.commodity, one.lot)
            assert (facts["source"], facts["fund"]) == ("purchased", fund)
    if "plan" in entry.public:
        assert audit.entries[entry.public["plan"]].public["category"] not in {"wages", "fees"}
    for item in entry.public["lots"]:
        facts = audit.facts_of(item["commodity"], item["lot"])
        assert item["cost"] == facts["value"]["amount"]
        cost += item["cost"]
    assert sum(one.amount for one in money) == cost


def check_shop_sale(_audit: Audit, _entry: Entry, moved: list[Moved]) -> None:
    """What a family's goods are sold for is the family's."""
    (paid,) = (one for one in moved if one.to == "stalls")
    assert {one.from_owner for one in moved if one.from_ == "stalls"} <= {paid.to_owner}


def check_plan(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """Wages are paid by the operating fund, fees by few, and nothing after a fund has ended."""
    fund = audit.facts_of("CNY", entry.public["fund"])
    category = entry.public["category"]
    assert category in fund.get("categories", [category])
    assert entry.posted <= entry.public["until"] <= fund.get("ends", "9999-12-31")
    if category in {"wages", "fees"}:
        assert fund.get("source") != "donated"
        assert fund["lot"] == "fund:operating" or (category == "fees" and "overheads" in fund)


def check_policy(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """What was set before stays as it was for days gone by."""
    in_force = entry.public["in_force"]
    assert in_force >= entry.day
    before = [
        {**item, "value": 0}
        for policy in audit.standing("policy.set", before=entry.seq)
        for item in policy.public["settings"]
    ]
    for item in entry.public["settings"]:
        assert in_force >= entry.posted or {**item, "value": 0} not in before


def check_gift(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """A gift comes into a fund that was opened for it, before its end."""
    for one in moved:
        fund = audit.facts_of("CNY", one.lot)
        assert fund.get("source") == {"donation": "donated", "grant": "granted"}[entry.kind]
        assert day_of(entry) <= fund.get("ends", "9999-12-31")


def check_round(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """For five households and more, of the lots that expire first."""
    assert entry.public["households"] >= 5
    for one in moved:
        last = audit.facts_of(one.commodity, one.lot).get("expires", "9999-12-31")
        for other, left in list(audit.sums.items()):
            same_shelf = (other.account, other.commodity) == (one.from_, one.commodity)
            if not same_shelf or not left:
                continue
            facts = audit.facts_of(other.commodity, other.lot)
            expires = facts.get("expires", "9999-12-31")
            recalled = is_recalled(audit, entry, one._replace(lot=other.lot))
            if "aid" in facts.get("uses", ["aid"]) and not recalled:
                assert not day_of(entry) <= expires < last


def check_count(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Nothing of what was counted had moved since the book was looked at."""
    for one in moved:
        account = one.from_ if one.to == "world:variance" else one.to
        for earlier in range(entry.public["against"] + 1, entry.seq):
            assert not any(
                account in (other.from_, other.to)
                and (other.commodity, other.lot) == (one.commodity, one.lot)
                for other in audit.moved[earlier]
            )


def check_expiry(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """All that is old enough by policy and was not spent since: neither more nor less."""
    until = entry.public["until"]
    for one in moved:
        days = audit.setting(entry, "expiry_days", day_of(entry), commodity=one.commodity)
        assert days
        assert date.fromisoformat(until) + timedelta(days) <= date.fromisoformat(day_of(entry))
        had = audit.sums[Key(one.from_, one.from_owner, one.commodity, "")] + one.amount
        assert one.amount == max(0, had - _came_in(audit, entry, one, until))


def _came_in(audit: Audit, entry: Entry, one: Moved, until: str) -> int:
    """What somebody was given after a day and still stands; what only returned does not count."""
    return sum(
        other.amount
        for earlier in audit.entries[: entry.seq]
        if earlier.day > until and earlier.kind not in {"reversal", "release"}
        if earlier.seq not in audit.reversed_by
        for other in audit.moved[earlier.seq]
        if (other.to, other.to_owner, other.commodity) == (one.from_, one.from_owner, one.commodity)
    )


def check_filing(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """A market is filed before it is held, for a fund of what is earned."""
    assert entry.posted <= entry.public["held"]
    assert audit.facts_of("CNY", entry.public["fund"]).get("source") == "earned"


def check_takings(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Nobody takes home what a market has not taken yet."""
    assert audit.entries[entry.public["market"]].public["held"] <= day_of(entry)
    assert {one.lot for one in moved} == {"fund:agency"}


def check_return(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """What comes back from a round comes to the place it had left, and somebody took the rest."""
    round_ = entry.public["round"]
    (shelf,) = {one.from_ for one in audit.moved[round_]}
    ends = {one.to for one in moved}
    assert ends <= {f"{shelf}:quarantine", "world:consumed", "world:lost"}
    served = audit.entries[round_].public["households"]
    served -= entry.public["refused"] + entry.public["absent"]
    assert served >= 0
    assert served or "world:consumed" not in ends


OF_KIND: Final = {
    "service": check_service,
    "redemption": check_redemption,
    "sale": check_sale,
    "pool.purchase": check_purchase,
    "shop.sale": check_shop_sale,
    "plan.filed": check_plan,
    "policy.set": check_policy,
    "donation": check_gift,
    "grant": check_gift,
    "round.out": check_round,
    "count": check_count,
    "expiry": check_expiry,
    "market.filed": check_filing,
    "takings": check_takings,
    "round.back": check_return,
}
