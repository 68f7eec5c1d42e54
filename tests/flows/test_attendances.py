import pytest

from timebank.errors import MalformedError
from timebank.flows.attendances import Attendance
from timebank.flows.needs import Needs
from timebank.flows.registry import needs_of
from timebank.ledger.rules.names import Name


def attendance(**fields: str) -> Attendance:
    given = {"event": "open-day", "category": "culture", **fields}
    return Attendance(**given, headcount=1)


def test_an_attendance_needs_to_know_whether_the_event_was_counted() -> None:
    assert needs_of(attendance()) == Needs(names=frozenset({Name("attendance:event", "open-day")}))


@pytest.mark.parametrize("field", ["event", "category", "group", "belongs", "day"])
def test_a_malformed_attendance_is_told(field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(attendance(**{field: "Open day"}))

    assert caught.value.field == field
