"""Plans 备案 and what became of them: filed before, spent within, reported after 事前备案 事后汇报.

A plan is to be reported ``report_days`` after its last day, by the policy in force on that day.
What was not reported by then is overdue, and that shows in public.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from timebank.services.reports.frame import Frame
from timebank.services.reports.happenings import Happening
from timebank.services.reports.tables import COMMODITY, Column, Definition, Row, Title

PLAN: Final = "plan.filed"
SPENDS: Final = ("spend", "pool.purchase")
"""The kinds that draw on a plan; a purchase may be paid by the earnings of a market instead."""
REPORT: Final = "report.filed"

Status = Literal["open", "due", "overdue", "reported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that stands at the end of a period. ``spent`` counts all spends until then."""

    seq: int
    filed: str
    commodity: str
    fund: str
    category: str
    planned: int
    spent: int
    until: str
    due: str | None
    reported: str | None
    status: Status

    @property
    def left(self) -> int:
        """What may still be spent: nothing once it is over."""
        return self.planned - self.spent if self.status == "open" else 0


def read_plans(frame: Frame) -> list[Plan]:
    """All plans that were filed until the end of the period and not withdrawn, by seq."""
    reported = {one.facts["plan"]: one.day for one in frame.standing(REPORT)}
    spent: defaultdict[int, int] = defaultdict(int)
    for one in (one for kind in SPENDS for one in frame.standing(kind)):
        if "plan" in one.facts:
            spent[one.facts["plan"]] += _money_of(one)
    return [
        _to_plan(frame, one, spent=spent[one.seq], reported=reported.get(one.seq))
        for one in frame.standing(PLAN)
    ]


def _money_of(spend: Happening) -> int:
    """What was paid, without the goods that came for it."""
    return sum(one.amount for one in spend.movements if one.lot.startswith("fund:"))


def _to_plan(frame: Frame, filed: Happening, *, spent: int, reported: str | None) -> Plan:
    facts = filed.facts
    due = due_day(frame, "report_days", facts["until"])
    return Plan(
        seq=filed.seq,
        filed=filed.day,
        commodity=facts["commodity"],
        fund=facts["fund"],
        category=facts["category"],
        planned=facts["amount"],
        spent=spent,
        until=facts["until"],
        due=due,
        reported=reported,
        status=status_of(frame, ended=facts["until"], due=due, reported=reported),
    )


def status_of(frame: Frame, *, ended: str, due: str | None, reported: str | None) -> Status:
    """Whether something goes on, is to be reported, should have been, or was."""
    if reported is not None:
        return "reported"
    if frame.today <= ended:
        return "open"
    return "overdue" if due is not None and due < frame.today else "due"


def due_day(frame: Frame, setting: str, ended: str) -> str | None:
    """Until when something that ended on a day is to be reported; None where no policy says."""
    version = frame.settings.find((setting, "", "", ""), ended)
    if version is None:
        return None
    try:
        return str(date.fromisoformat(ended) + timedelta(days=version.value))
    except OverflowError:
        return None


def rows(frame: Frame) -> Iterator[Row]:
    """Go through the period and give a line for each plan that it is about.

    These are the plans that were filed or drawn on in it, and all that were not reported before it.
    """
    spent: defaultdict[int, int] = defaultdict(int)
    for happening in frame.happenings():
        if happening.kind in SPENDS and "plan" in happening.facts:
            spent[happening.facts["plan"]] += _money_of(happening)
    first = frame.days.first
    for plan in read_plans(frame):
        if plan.filed >= first or plan.seq in spent or (plan.reported or first) >= first:
            yield {
                "plan": plan.seq,
                "filed": plan.filed,
                "commodity": plan.commodity,
                "fund": plan.fund,
                "category": plan.category,
                "planned": plan.planned,
                "spent": spent[plan.seq],
                "spent_ever": plan.spent,
                "left": plan.left,
                "until": plan.until,
                "due": plan.due,
                "reported": plan.reported,
                "status": plan.status,
            }


DEFINITION: Final = Definition(
    "plans",
    Title("备案与汇报", "Plans and reports"),
    (
        Column("plan", Title("备案号", "Plan"), "seq"),
        Column("filed", Title("备案日", "Filed"), "day"),
        COMMODITY,
        Column("fund", Title("专户", "Fund")),
        Column("category", Title("类别", "Category")),
        Column("planned", Title("备案金额", "Planned"), "amount"),
        Column("spent", Title("本期支出", "Spent"), "amount"),
        Column("spent_ever", Title("累计支出", "Spent so far"), "amount"),
        Column("left", Title("可用余额", "Left to spend"), "amount"),
        Column("until", Title("执行截止日", "Until"), "day"),
        Column("due", Title("应汇报日", "Report due"), "day"),
        Column("reported", Title("汇报日", "Reported"), "day"),
        Column("status", Title("状态", "Status")),
    ),
    rows,
)
