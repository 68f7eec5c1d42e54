"""Definitions as commands: the book, what it counts and where, who takes part, its settings."""

from typing import Annotated, Any, Literal

import msgspec

from timebank.errors import FactsError
from timebank.flows.command import Command, Flow, Memo, Title
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Draft

ListOf64 = msgspec.Meta(min_length=1, max_length=64)
Quantity = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]


class LimitFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far below zero an account or a member may go in a commodity."""

    commodity: str
    amount: Quantity


class SettingFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One setting of the policy.

    Some are set for each commodity, for each category of services, or for each sort of goods.
    """

    setting: str
    value: Quantity
    commodity: str | None = None
    category: str | None = None
    goods: str | None = None


class ValueFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a whole lot cost or is worth, in a commodity of money."""

    amount: Quantity
    commodity: str


class OpenBook(Command, frozen=True, kw_only=True, tag="book.opened"):
    """Open a book; ``vkey`` is the verifier key of its log, in the IANA ``time_zone``."""

    title: Title
    time_zone: str
    vkey: str


class DefineCommodity(Command, frozen=True, kw_only=True, tag="commodity.defined"):
    """Define what is counted, with ``scale`` decimals for people."""

    commodity: str
    commodity_kind: Literal["time", "points", "money", "goods"]
    scale: Annotated[int, msgspec.Meta(ge=0, le=6)]
    title: Title | None = None


class OpenAccount(Command, frozen=True, kw_only=True, tag="account.opened"):
    """Open a public account such as ``groups:chess-club``."""

    account: str
    title: Title | None = None
    limits: Annotated[tuple[LimitFact, ...], msgspec.Meta(max_length=16)] = ()


class CloseAccount(Command, frozen=True, kw_only=True, tag="account.closed"):
    """Close a public account that holds nothing."""

    account: str


class RegisterLot(Command, frozen=True, kw_only=True, tag="lot.registered"):
    """Register a batch of goods, or a fund of money (``fund:...``)."""

    commodity: str
    lot: str
    title: Title | None = None
    expires: str | None = None
    source: Literal["donated", "purchased", "granted", "produced"] | None = None
    basis: Literal["cost", "fair-value"] | None = None
    value: ValueFact | None = None
    fund: str | None = None
    uses: Annotated[tuple[str, ...], msgspec.Meta(max_length=16)] = ()


class EnrolHolder(Command, frozen=True, kw_only=True, tag="holder.enrolled"):
    """Enrol a member, a carrier or a stall.

    ``key_hash`` is the base64 hash of the viewing key; number and name are sealed.
    """

    holder: Literal["member", "carrier", "stall"]
    key_hash: str
    number: str
    name: Memo
    limits: Annotated[tuple[LimitFact, ...], msgspec.Meta(max_length=16)] = ()


class LeaveHolder(Command, frozen=True, kw_only=True, tag="holder.left"):
    """Let a member go who owns nothing and owes nothing; ``member`` is the member id."""

    member: str


class SetPolicy(Command, frozen=True, kw_only=True, tag="policy.set"):
    """Set numbers the book runs by, from the day ``in_force`` (the entry's own where not given).

    What was set before changes from today on, or later.
    """

    settings: Annotated[tuple[SettingFact, ...], ListOf64]
    in_force: str | None = None


class RotateKey(Command, frozen=True, kw_only=True, tag="key.rotated"):
    """Sign the log with another key from now on."""

    vkey: str


def _no_needs(_command: Command) -> Needs:
    return Needs()


def _draft(kind: str, command: Command, facts: Facts, /, **public: Any) -> Draft:  # noqa: ANN401  any canonical value
    return Draft(
        kind=kind,
        day=command.day or facts.today,
        public={name: value for name, value in public.items() if value not in (None, (), [])},
    )


def build_book(command: OpenBook, facts: Facts) -> Draft:
    """The draft of the first entry of a book, with the chart that every book starts with."""
    registry = facts.state.registry
    families = ((code, registry.family(code)) for code in registry.chart)
    chart = [{"account": code, "type": family.type} for code, family in families if family]
    return _draft(
        "book.opened",
        command,
        facts,
        chart=chart,
        time_zone=command.time_zone,
        title=command.title,
        vkey=command.vkey,
    )


def build_commodity(command: DefineCommodity, facts: Facts) -> Draft:
    """The draft of a definition of a commodity."""
    return _draft(
        "commodity.defined",
        command,
        facts,
        commodity=command.commodity,
        kind=command.commodity_kind,
        scale=command.scale,
        title=command.title,
    )


def build_account(command: OpenAccount, facts: Facts) -> Draft:
    """The draft of opening an account. Raises FactsError where its code is of no such family."""
    registry = facts.state.registry
    if not registry.is_openable(command.account):
        openable = ", ".join(registry.openable)
        raise FactsError("account", f"{command.account} is none of {openable}")
    return _draft(
        "account.opened",
        command,
        facts,
        account=command.account,
        limits=msgspec.to_builtins(list(command.limits)),
        title=command.title,
        type="holding",
    )


def needs_of_closing(command: CloseAccount) -> Needs:
    """All balances of the account. Raises MalformedError."""
    codes.check_code("code", command.account, field="account")
    return Needs(accounts=frozenset({command.account}))


def build_closing(command: CloseAccount, facts: Facts) -> Draft:
    """The draft of closing an account."""
    return _draft("account.closed", command, facts, account=command.account)


def needs_of_lot(command: RegisterLot) -> Needs:
    """The lot itself, and the funds where it names one. Raises MalformedError."""
    codes.check_code("commodity", command.commodity, field="commodity")
    codes.check_code("code", command.lot, field="lot")
    return Needs(lots=frozenset({(command.commodity, command.lot)}), funds=command.fund is not None)


def build_lot(command: RegisterLot, facts: Facts) -> Draft:
    """The draft of registering a lot."""
    return _draft(
        "lot.registered",
        command,
        facts,
        basis=command.basis,
        commodity=command.commodity,
        expires=command.expires,
        fund=command.fund,
        lot=command.lot,
        source=command.source,
        title=command.title,
        uses=list(command.uses),
        value=msgspec.to_builtins(command.value),
    )


def build_holder(command: EnrolHolder, facts: Facts) -> Draft:
    """The draft of enrolling somebody: the number of a holder is the seq of this entry."""
    return Draft(
        kind="holder.enrolled",
        day=command.day or facts.today,
        public={
            "holder": command.holder,
            "key": command.key_hash,
            **({"limits": msgspec.to_builtins(list(command.limits))} if command.limits else {}),
        },
        details=(facts.details((), {"number": command.number, "name": command.name}),),
    )


def needs_of_leaving(command: LeaveHolder) -> Needs:
    """All balances of the member."""
    return Needs(leavers=frozenset({command.member}))


def build_leaving(command: LeaveHolder, facts: Facts) -> Draft:
    """The draft of leaving. Raises UnknownAccountError where there is no such member."""
    place = facts.place(codes.join_reference("members", command.member))
    return _draft("holder.left", command, facts, enrolled=place.owner)


def build_policy(command: SetPolicy, facts: Facts) -> Draft:
    """The draft of setting policy."""
    day = command.day or facts.today
    return _draft(
        "policy.set",
        command,
        facts,
        in_force=command.in_force or day,
        settings=msgspec.to_builtins(list(command.settings)),
    )


def build_rotation(command: RotateKey, facts: Facts) -> Draft:
    """The draft of a new signing key."""
    return _draft("key.rotated", command, facts, vkey=command.vkey)


FLOWS = (
    Flow(OpenBook, _no_needs, build_book),
    Flow(DefineCommodity, _no_needs, build_commodity),
    Flow(OpenAccount, _no_needs, build_account),
    Flow(CloseAccount, needs_of_closing, build_closing),
    Flow(RegisterLot, needs_of_lot, build_lot),
    Flow(EnrolHolder, _no_needs, build_holder),
    Flow(LeaveHolder, needs_of_leaving, build_leaving),
    Flow(SetPolicy, _no_needs, build_policy),
    Flow(RotateKey, _no_needs, build_rotation),
)
