"""Attendances 活动人次: how many came to a public event; a headcount is not hours."""

from timebank.errors import FactsError
from timebank.ledger.model import Entry
from timebank.ledger.registry import matches
from timebank.ledger.state import BookState

GROUPS = "groups:*"


def check_group(entry: Entry, state: BookState) -> None:
    """Raise unless the group is one that is there.

    Raises UnknownAccountError, AccountClosedError, and FactsError where it is no group.
    """
    code = entry.public.get("group")
    if code is None:
        return
    state.open_account(code)
    if not matches(GROUPS, code):
        raise FactsError("group", f"must be an account {GROUPS}")
