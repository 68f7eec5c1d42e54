"""Check a book after each step."""

from tests.flows.audit.book import Audit
from tests.flows.audit.each import EACH
from tests.flows.audit.kinds import OF_KIND
from tests.flows.audit.waiting import left_of
from tests.flows.audit.whole import WHOLE
from timebank.ledger.model import Entry


def check(audit: Audit) -> None:
    """Read what is new, entry by entry, and then look at the whole book."""
    found = [_checked(audit, entry) for entry in audit.read()]
    if found:
        audit.left = left_of(audit)
        for check_whole in WHOLE:
            check_whole(audit)


def _checked(audit: Audit, entry: Entry) -> Entry:
    """The entry, of which and of whose kind all is true that must be."""
    for check_each in EACH:
        check_each(audit, entry)
    check_kind = OF_KIND.get(entry.kind)
    if check_kind:
        check_kind(audit, entry, audit.moved[entry.seq])
    return entry
