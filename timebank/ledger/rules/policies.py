"""Policy: an entry that cites the policy which allows it cites one that was in force."""

from timebank.errors import FactsError
from timebank.ledger.model import Entry
from timebank.ledger.rules.days import business_day
from timebank.ledger.state import BookState

FACT = "policy"


def check_policy(entry: Entry, state: BookState) -> None:
    """Raise FactsError unless the policy an entry cites, if any, was in force on its day."""
    cited = entry.public.get(FACT)
    if cited is None:
        return
    day = business_day(entry)
    if not any(policy.seq == cited and policy.in_force <= day for policy in state.policies):
        raise FactsError(FACT, f"entry {cited} is no policy in force on {day}")
