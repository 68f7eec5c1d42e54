import pytest

from tests.ledger.bench import Bench, hash_of, limit_facts, log_vkey, member_id
from timebank.errors import FactsError, MalformedError, UnknownAccountError
from timebank.flows import definitions
from timebank.flows.command import Command
from timebank.flows.needs import Needs
from timebank.flows.registry import needs_of
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_book_opens_with_the_whole_chart() -> None:
    bench = Bench(opened=False)
    command = definitions.OpenBook(title="翠竹园", time_zone="Asia/Shanghai", vkey=log_vkey())

    draft = bench.draft(command)

    assert draft.kind == "book.opened"
    assert draft.day == bench.today
    assert [item["account"] for item in draft.public["chart"]] == list(bench.kinds.chart)
    assert {"account": "issued", "type": "boundary"} in draft.public["chart"]


def test_what_is_not_given_is_not_in_the_facts(bench: Bench) -> None:
    commodity = definitions.DefineCommodity(commodity="CNY", commodity_kind="money", scale=0)
    account = definitions.OpenAccount(account="groups:chess")
    lot = definitions.RegisterLot(commodity="RICE", lot="b-1")

    assert bench.draft(commodity).public == {"commodity": "CNY", "kind": "money", "scale": 0}
    assert bench.draft(account).public == {"account": "groups:chess", "type": "holding"}
    assert bench.draft(lot).public == {"commodity": "RICE", "lot": "b-1"}


def test_what_is_given_is_in_the_facts(bench: Bench) -> None:
    account = definitions.OpenAccount(
        account="groups:chess", title="棋社", limits=limit_facts({"POINT": 5})
    )
    lot = definitions.RegisterLot(
        commodity="RICE",
        lot="b-1",
        title="大米",
        expires="2027-01-31",
        source="purchased",
        basis="cost",
        value=definitions.ValueFact(1_200, "CNY"),
        fund="fund:a",
        uses=("household",),
    )

    assert bench.draft(account).public == {
        "account": "groups:chess",
        "limits": [{"amount": 5, "commodity": "POINT"}],
        "title": "棋社",
        "type": "holding",
    }
    assert bench.draft(lot).public == {
        "basis": "cost",
        "commodity": "RICE",
        "expires": "2027-01-31",
        "fund": "fund:a",
        "lot": "b-1",
        "source": "purchased",
        "title": "大米",
        "uses": ["household"],
        "value": {"amount": 1_200, "commodity": "CNY"},
    }


def test_an_account_that_cannot_be_opened_is_refused_with_what_can_be(bench: Bench) -> None:
    with pytest.raises(FactsError, match=r"stok:yicang is none of groups:\*, bank:\*, cash:\*"):
        bench.account("stok:yicang")


def test_number_and_name_are_the_details_of_an_enrolment(bench: Bench) -> None:
    command = definitions.EnrolHolder(
        holder="member", key_hash=hash_of("key"), number="0017", name="Ana"
    )

    draft = bench.draft(command)

    assert draft.public == {"holder": "member", "key": hash_of("key")}
    assert draft.details == ({"at": "2026-11-22T09:30:00Z", "number": "0017", "name": "Ana"},)


def test_only_who_is_known_can_leave(bench: Bench) -> None:
    number = bench.enrol("ana")

    draft = bench.draft(definitions.LeaveHolder(member=member_id("ana")))

    assert draft == Draft(kind="holder.left", day=bench.today, public={"enrolled": number})
    with pytest.raises(UnknownAccountError):
        bench.leave("bo")


def test_policy_takes_force_today_unless_it_says_otherwise(bench: Bench) -> None:
    setting = definitions.SettingFact(setting="credit_limit", value=5, commodity="POINT")
    plain = definitions.SettingFact(setting="hold_days", value=7)

    assert bench.draft(definitions.SetPolicy(settings=(setting, plain))).public == {
        "in_force": "2026-11-22",
        "settings": [
            {"commodity": "POINT", "setting": "credit_limit", "value": 5},
            {"setting": "hold_days", "value": 7},
        ],
    }
    dated = definitions.SetPolicy(settings=(plain,), day="2026-11-20")
    later = definitions.SetPolicy(settings=(plain,), in_force="2027-01-01")
    assert bench.draft(dated).public["in_force"] == "2026-11-20"
    assert bench.draft(later).public["in_force"] == "2027-01-01"


def test_definitions_need_no_more_than_they_look_at() -> None:
    chess = definitions.CloseAccount(account="groups:chess")
    rice = definitions.RegisterLot(commodity="RICE", lot="b-1")
    from_fund = definitions.RegisterLot(commodity="RICE", lot="b-1", fund="fund:a")
    leave = definitions.LeaveHolder(member=member_id("ana"))
    rotate = definitions.RotateKey(vkey=log_vkey(2))

    assert needs_of(chess) == Needs(accounts=frozenset({"groups:chess"}))
    assert needs_of(rice) == Needs(lots=frozenset({("RICE", "b-1")}))
    assert needs_of(from_fund).funds
    assert needs_of(leave) == Needs(leavers=frozenset({member_id("ana")}))
    assert needs_of(rotate) == Needs()


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (definitions.CloseAccount(account="Groups"), "account"),
        (definitions.RegisterLot(commodity="rice", lot="b-1"), "commodity"),
        (definitions.RegisterLot(commodity="RICE", lot="B-1"), "lot"),
    ],
)
def test_names_that_are_looked_up_must_be_well_formed(command: Command, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
