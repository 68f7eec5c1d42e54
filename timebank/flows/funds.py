"""Funds: earmarked money 专款专用, filed before it is spent and reported after 事前备案 事后汇报.

Money comes into a fund 专户 by ``world:donors -> bank:b`` and ``world:grantors -> bank:b``, is
spent within a plan by ``bank:b -> world:payees``, and moved by ``bank:b -> cash:c`` and the like,
all in the lot of the fund. Another purpose takes two legs: ``bank:b -> world:reclassified`` in one
fund, ``world:reclassified -> bank:b`` in the other. Opening, planning and reporting move nothing.
"""

from typing import Annotated, Any, Literal, TypeAlias, Union

import msgspec

from timebank.errors import MalformedError
from timebank.flows.checks import check_hash
from timebank.flows.command import Command, Flow, PostedCommand, Seq, Title
from timebank.flows.drafts import draft_of_legs
from timebank.flows.facts import Facts, needs_of_legs
from timebank.flows.needs import Needs, Spot
from timebank.ledger import codes
from timebank.ledger.model import Amount, Draft, Leg
from timebank.ledger.rules.funds import RECLASSIFIED, name_of_report
from timebank.ledger.rules.names import name_of_fact

DONORS = "world:donors"
GRANTORS = "world:grantors"
PAYEES = "world:payees"

_OfFund: TypeAlias = Union["OpenFund", "FilePlan", "_Money"]
"""The commands that name a fund in its commodity."""

Hashes = Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=16)]


class OpenFund(Command, frozen=True, kw_only=True, tag="fund.opened"):
    """Open a fund 专户 (``fund:...``) for money that is kept for a purpose.

    ``wish`` is the donor's. Plans are for its ``categories`` only, or for anything where none are
    given. ``overheads`` 管理费用 says that it may pay fees; wages are paid from ``fund:operating``
    alone, and donations pay neither. Nothing is spent from it after the day it ``ends``.
    """

    fund: str
    commodity: str
    purpose: Title
    source: Literal["donated", "granted", "earned"]
    title: Title | None = None
    wish: Title | None = None
    categories: Annotated[tuple[str, ...], msgspec.Meta(max_length=32)] = ()
    overheads: bool = False
    ends: str | None = None


class _Money(PostedCommand, frozen=True, kw_only=True):
    """An amount of a fund at the ``account`` of a bank, a till or a group."""

    account: str
    fund: str
    commodity: str
    amount: Amount


class _Gift(_Money, frozen=True, kw_only=True):
    """Money that comes in for a receipt."""

    receipt: str
    named: bool = False


class Donate(_Gift, frozen=True, kw_only=True, tag="donation"):
    """Take in a donation 捐赠 for the ``receipt`` 收据 of this number, which there is once.

    The ``donor`` is sealed, and ``named`` in public, for good, only by their consent.
    """

    donor: Title | None = None

    def private(self) -> dict[str, Any]:
        """The seal holds the donor too."""
        return {**super().private(), "donor": self.donor}


class TakeGrant(_Gift, frozen=True, kw_only=True, tag="grant"):
    """Take in a grant 资助 for the ``receipt`` of this number, which there is once.

    The ``grantor`` is sealed, and ``named`` in public, for good, only by their consent.
    """

    grantor: Title | None = None

    def private(self) -> dict[str, Any]:
        """The seal holds the grantor too."""
        return {**super().private(), "grantor": self.grantor}


class FilePlan(Command, frozen=True, kw_only=True, tag="plan.filed"):
    """File a plan 备案 before spending: at most ``amount`` of a fund, for one category.

    ``plan`` is the base64 SHA-256 of the plan itself, ``until`` the last day of spending.
    """

    fund: str
    commodity: str
    category: str
    amount: Amount
    plan: str
    until: str


class Spend(PostedCommand, frozen=True, kw_only=True, tag="spend"):
    """Pay from the ``account`` of a bank, a till or a group, within the ``plan`` with this seq.

    Three officers answer for it: who proposed it, who approved it, and the treasurer who pays.
    ``related`` 关联方 declares whether one of them has an interest in the ``payee``, who is sealed.
    """

    plan: Seq
    account: str
    amount: Amount
    related: Literal["none", "declared"]
    payee: Annotated[str, msgspec.Meta(max_length=200)] = ""

    def private(self) -> dict[str, Any]:
        """The seal holds the payee too."""
        return {**super().private(), "payee": self.payee}


class FileReport(Command, frozen=True, kw_only=True, tag="report.filed"):
    """Report 事后汇报 what became of a plan, once; then no more is spent within it.

    ``evidence`` are base64 SHA-256 of invoices, photos and lists kept elsewhere.
    """

    plan: Seq
    result: Title
    evidence: Hashes


class Reclassify(_Money, frozen=True, kw_only=True, tag="reclassification"):
    """Give money of a fund another purpose, that of ``to_fund``; it may change its ``account``.

    ``document`` is the base64 SHA-256 of the donor's consent or of the filed decision.
    """

    to_fund: str
    basis: Literal["consent", "decision"]
    document: str
    to_account: str | None = None


class MoveMoney(_Money, frozen=True, kw_only=True, tag="bank.moved"):
    """Move money of a fund between banks and tills, or to a group and back.

    What a group holds 小额资助 is the fund's still, and is spent within its plans.
    """

    to: str


def needs_of_fund(command: OpenFund) -> Needs:
    """The lot of money that the fund will be. Raises MalformedError."""
    _check_codes(command)
    for index, category in enumerate(command.categories):
        codes.check_code("code", category, field=f"categories[{index}]")
    if command.ends is not None:
        codes.check_code("day", command.ends, field="ends")
    return Needs(lots=frozenset({(command.commodity, command.fund)}))


def build_fund(command: OpenFund, facts: Facts) -> Draft:
    """The draft of opening a fund."""
    public = {
        "categories": list(command.categories),
        "commodity": command.commodity,
        "ends": command.ends,
        "lot": command.fund,
        "overheads": "allowed" if command.overheads else None,
        "purpose": command.purpose,
        "source": command.source,
        "title": command.title,
        "wish": command.wish,
    }
    return Draft(
        kind="fund.opened",
        day=command.day or facts.today,
        public={name: value for name, value in public.items() if value},
    )


def needs_of_donation(command: Donate) -> Needs:
    """Both sides, the fund and the receipt. Raises MalformedError."""
    return _needs_of_gift("donation", command, DONORS)


def build_donation(command: Donate, facts: Facts) -> Draft:
    """The draft of a donation."""
    leg = _leg(command, DONORS, command.account)
    donor = command.donor if command.named else None
    return draft_of_legs("donation", command, (leg,), facts, receipt=command.receipt, donor=donor)


def needs_of_grant(command: TakeGrant) -> Needs:
    """Both sides, the fund and the receipt. Raises MalformedError."""
    return _needs_of_gift("grant", command, GRANTORS)


def build_grant(command: TakeGrant, facts: Facts) -> Draft:
    """The draft of a grant."""
    leg = _leg(command, GRANTORS, command.account)
    grantor = command.grantor if command.named else None
    return draft_of_legs("grant", command, (leg,), facts, receipt=command.receipt, grantor=grantor)


def needs_of_plan(command: FilePlan) -> Needs:
    """The fund. Raises MalformedError."""
    _check_codes(command, "category")
    codes.check_code("day", command.until, field="until")
    check_hash(command.plan, "plan")
    return Needs(lots=frozenset({(command.commodity, command.fund)}))


def build_plan(command: FilePlan, facts: Facts) -> Draft:
    """The draft of a plan."""
    return Draft(
        kind="plan.filed",
        day=command.day or facts.today,
        public={
            "amount": command.amount,
            "category": command.category,
            "commodity": command.commodity,
            "fund": command.fund,
            "plan": command.plan,
            "until": command.until,
        },
    )


def needs_of_spend(command: Spend) -> Needs:
    """The plan, its report if there is one, and both sides in its fund. Raises MalformedError."""
    codes.check_code("code", command.account, field="account")
    return Needs(
        entries=frozenset({command.plan}),
        counterparts=frozenset({Spot(command.account, ""), Spot(PAYEES, "")}),
        names=frozenset({name_of_report(command.plan)}),
    )


def build_spend(command: Spend, facts: Facts) -> Draft:
    """The draft of a spend, in the fund and category of its plan.

    Raises UnknownEntryError and ReferredError where there is no such plan.
    """
    plan = facts.referred("plan", command.plan, "plan.filed").public
    leg = Leg(
        amount=command.amount,
        commodity=plan["commodity"],
        from_=command.account,
        to=PAYEES,
        lot=plan["fund"],
    )
    return draft_of_legs(
        "spend",
        command,
        (leg,),
        facts,
        category=plan["category"],
        plan=command.plan,
        related=command.related,
    )


def needs_of_report(command: FileReport) -> Needs:
    """The plan, and its report if there is one already. Raises MalformedError."""
    for index, item in enumerate(command.evidence):
        check_hash(item, f"evidence[{index}]")
    return Needs(entries=frozenset({command.plan}), names=frozenset({name_of_report(command.plan)}))


def build_report(command: FileReport, facts: Facts) -> Draft:
    """The draft of a report."""
    return Draft(
        kind="report.filed",
        day=command.day or facts.today,
        public={
            "evidence": list(command.evidence),
            "plan": command.plan,
            "result": command.result,
        },
    )


def needs_of_reclassification(command: Reclassify) -> Needs:
    """Both funds in their places. Raises MalformedError."""
    _check_codes(command, "account", "to_fund", "to_account")
    check_hash(command.document, "document")
    return needs_of_legs(_legs_of_reclassification(command))


def build_reclassification(command: Reclassify, facts: Facts) -> Draft:
    """The draft of a change of purpose."""
    return draft_of_legs(
        "reclassification",
        command,
        _legs_of_reclassification(command),
        facts,
        basis=command.basis,
        document=command.document,
    )


def needs_of_moving(command: MoveMoney) -> Needs:
    """Both places in the fund. Raises MalformedError."""
    _check_codes(command, "account", "to")
    if command.account == command.to:
        raise MalformedError("to", "is where the money is")
    return needs_of_legs([_leg(command, command.account, command.to)])


def build_moving(command: MoveMoney, facts: Facts) -> Draft:
    """The draft of moving money."""
    leg = _leg(command, command.account, command.to)
    return draft_of_legs("bank.moved", command, (leg,), facts)


def _check_codes(command: _OfFund, *more: str) -> None:
    """Raise MalformedError where the commodity, the fund or another field is no code."""
    codes.check_code("commodity", command.commodity, field="commodity")
    for field in ("fund", *more):
        value = getattr(command, field)
        if value is not None:
            codes.check_code("code", value, field=field)


def _needs_of_gift(kind: str, command: Donate | TakeGrant, from_: str) -> Needs:
    _check_codes(command, "account", "receipt")
    receipt = name_of_fact(kind, "receipt", command.receipt)
    if command.account == from_:
        raise MalformedError("account", "is where it comes from")
    needs = needs_of_legs([_leg(command, from_, command.account)])
    return needs | Needs(names=frozenset({receipt}))


def _leg(command: _Money, from_: str, to: str, fund: str | None = None) -> Leg:
    return Leg(
        amount=command.amount,
        commodity=command.commodity,
        from_=from_,
        to=to,
        lot=fund or command.fund,
    )


def _legs_of_reclassification(command: Reclassify) -> tuple[Leg, Leg]:
    return (
        _leg(command, command.account, RECLASSIFIED),
        _leg(command, RECLASSIFIED, command.to_account or command.account, command.to_fund),
    )


FLOWS = (
    Flow(OpenFund, needs_of_fund, build_fund),
    Flow(Donate, needs_of_donation, build_donation),
    Flow(TakeGrant, needs_of_grant, build_grant),
    Flow(FilePlan, needs_of_plan, build_plan),
    Flow(Spend, needs_of_spend, build_spend),
    Flow(FileReport, needs_of_report, build_report),
    Flow(Reclassify, needs_of_reclassification, build_reclassification),
    Flow(MoveMoney, needs_of_moving, build_moving),
)
