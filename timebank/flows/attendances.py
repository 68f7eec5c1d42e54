"""Attendances 活动人次: how many came to a public event. No legs: a headcount is not hours."""

from typing import Annotated

import msgspec

from timebank.flows.command import Command, Flow
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.model import Draft
from timebank.ledger.rules.names import name_of_fact

Headcount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Attendance(Command, frozen=True, kw_only=True, tag="attendance"):
    """Record how many came to a public event, once for each ``event``.

    ``event`` and ``category`` are codes, ``group`` the account of the club that held it.
    """

    event: str
    category: str
    headcount: Headcount
    group: str | None = None
    belongs: str | None = None


def needs_of_attendance(command: Attendance) -> Needs:
    """Whether the event was recorded before. Raises MalformedError."""
    codes.check_code("code", command.event, field="event")
    codes.check_code("code", command.category, field="category")
    if command.group is not None:
        codes.check_code("code", command.group, field="group")
    if command.belongs is not None:
        codes.check_code("day", command.belongs, field="belongs")
    return Needs(names=frozenset({name_of_fact("attendance", "event", command.event)}))


def build_attendance(command: Attendance, facts: Facts) -> Draft:
    """The draft of an attendance."""
    public = {
        "belongs": command.belongs,
        "category": command.category,
        "event": command.event,
        "group": command.group,
        "headcount": command.headcount,
    }
    return Draft(
        kind="attendance",
        day=command.day or facts.today,
        public={name: value for name, value in public.items() if value is not None},
    )


FLOWS = (Flow(Attendance, needs_of_attendance, build_attendance),)
