"""A tool library 工具图书馆: members borrow tools for a fee in points, and bring them back.

``stock:p -> stock:p:reserved`` lends a tool for the fee ``members#b -> groups:g``, both or neither.
The return names the loan and brings the tool back where it came from, ``stock:p:reserved ->
stock:p``. No part of timebank knows of it: a test puts this module beside the other flows.
"""

from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_goods, draft_of_legs
from timebank.flows.facts import Facts, needs_of_legs
from timebank.flows.goods import open_legs
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.model import Amount, Draft, DraftLeg, Leg, Place


class LendTool(PostedCommand, frozen=True, kw_only=True, tag="tool.lent"):
    """Lend a ``tool``, a lot at a ``place``, to a ``member`` until a day, for a fee to a club."""

    member: str
    place: str
    commodity: str
    tool: str
    until: str
    club: str
    fee: Amount
    fee_commodity: str


class ReturnTool(PostedCommand, frozen=True, kw_only=True, tag="tool.returned"):
    """Bring back the tool that was ``lent`` by the entry with this seq."""

    lent: Seq


def needs_of_loan(command: LendTool) -> Needs:
    """The tool, and what the member has. Raises MalformedError."""
    codes.check_code("day", command.until, field="until")
    return needs_of_legs(_legs_of(command))


def build_loan(command: LendTool, facts: Facts) -> Draft:
    """The draft of a loan."""
    return draft_of_legs("tool.lent", command, _legs_of(command), facts, until=command.until)


def needs_of_return(command: ReturnTool) -> Needs:
    """The loan."""
    return Needs(entries=frozenset({command.lent}))


def build_return(command: ReturnTool, facts: Facts) -> Draft:
    """The draft of a return. Raises UnknownEntryError, ContinuationError and NothingLeftError."""
    legs = (
        DraftLeg(one.left, one.leg.commodity, one.leg.lot, one.reached, Place(one.leg.from_))
        for one in open_legs("tool.returned", command.lent, facts)
    )
    return draft_of_goods("tool.returned", command, legs, facts, lent=command.lent)


def _legs_of(command: LendTool) -> tuple[Leg, ...]:
    tool = Leg(
        amount=1,
        commodity=command.commodity,
        lot=command.tool,
        from_=command.place,
        to=f"{command.place}:reserved",
    )
    fee = Leg(
        amount=command.fee,
        commodity=command.fee_commodity,
        from_=codes.join_reference("members", command.member),
        to=command.club,
    )
    return tool, fee


FLOWS = (
    Flow(LendTool, needs_of_loan, build_loan),
    Flow(ReturnTool, needs_of_return, build_return),
)
