"""Entries to be read: one, pages of them, who stands behind them, what their seals hide."""

import pytest
from sqlalchemy import update

from tests.installations import SYSTEM, Community, open_balance
from timebank.errors import (
    LogBrokenError,
    MalformedError,
    UnknownAccountError,
    UnknownEntryError,
    UnknownMemberError,
)
from timebank.flows.holds import Hold, Settle
from timebank.flows.movements import Issue, Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger import encoding
from timebank.ledger.hashing import leaf_hash
from timebank.ledger.seals import commitment
from timebank.services import forgetting
from timebank.services.entries import (
    EntryFilter,
    get_entry,
    holders_behind,
    list_entries,
    open_seals,
)
from timebank.store import tables
from timebank.store.database import writing


def seqs_of(community: Community, wanted: EntryFilter, *, after: int = -1) -> list[int]:
    """The seqs of the entries that are wanted."""
    page = list_entries(community.installation, "demo", wanted, after=after)
    assert page.after is None
    return [item.seq for item in page.items]


def test_entry_is_given_as_it_was_stored(community: Community) -> None:
    posted = community.transfer("王", "李", 30)
    found = get_entry(community.installation, "demo", posted.seq)
    assert (found.seq, found.body, found.entry) == (posted.seq, posted.body, posted.entry)
    assert found.leaf == leaf_hash(posted.body)
    assert found.reversed_by is None
    assert found.parties is None


def test_entry_says_by_which_it_was_reversed(community: Community) -> None:
    posted = community.transfer("王", "李", 30)
    reversal = community.post(Reverse(reverses=posted.seq))
    assert get_entry(community.installation, "demo", posted.seq).reversed_by == reversal.seq
    assert get_entry(community.installation, "demo", reversal.seq).reversed_by is None


def test_pages_follow_each_other_and_stay_what_they_were(community: Community) -> None:
    size = community.transfer("王", "李", 1).seq + 1
    first = list_entries(community.installation, "demo", EntryFilter(), limit=size - 1)
    community.transfer("王", "李", 2)
    again = list_entries(community.installation, "demo", EntryFilter(), limit=size - 1)
    assert again == first
    assert first.after == size - 2
    rest = list_entries(community.installation, "demo", EntryFilter(), after=size - 2)
    assert [item.seq for item in rest.items] == [size - 1, size]
    assert rest.after is None
    assert seqs_of(community, EntryFilter(), after=size) == []


def test_entries_can_be_asked_for_by_what_they_are(community: Community) -> None:
    community.clock.advance(days=2)
    rice = open_balance(community, "stock:yicang", 5, commodity="RICE-5KG", lot="rice-1").seq
    moved = community.transfer("王", "李", 1).seq
    late = community.post(
        Issue(day="2026-03-02", legs=(community.leg("issued", "groups:chess-club", 3),))
    ).seq
    first = rice - 1
    assert seqs_of(community, EntryFilter(kind="issue")) == [first, late]
    assert seqs_of(community, EntryFilter(account="members")) == [first, moved]
    assert seqs_of(community, EntryFilter(account="stock:yicang")) == [rice]
    assert seqs_of(community, EntryFilter(commodity="RICE-5KG")) == [rice]
    assert seqs_of(community, EntryFilter(commodity="POINT")) == [first, moved, late]
    assert seqs_of(community, EntryFilter(account="issued", commodity="RICE-5KG")) == []
    assert seqs_of(community, EntryFilter(first="2026-03-02")) == [rice, moved, late]
    assert seqs_of(community, EntryFilter(first="2026-03-02", last="2026-03-02")) == [late]
    assert seqs_of(community, EntryFilter(last="2026-03-02", kind="issue")) == [first, late]
    assert seqs_of(community, EntryFilter(member_id=community.ids["李"])) == [moved]
    assert seqs_of(community, EntryFilter(kind="nothing")) == []


def test_short_page_of_rare_entries_says_where_to_go_on(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.store.entries.EXAMINED_MAX", 2)
    monkeypatch.setattr("timebank.store.entries.CHUNK_MIN", 1)
    for amount in (1, 2, 3, 4):
        community.transfer("王", "李", amount)
    hold = community.post(Hold(member=community.ids["李"], amount=1, commodity="POINT")).seq
    wanted = EntryFilter(account="members", kind="hold")
    pages = [list_entries(community.installation, "demo", wanted, limit=1)]
    while pages[-1].after is not None:
        pages.append(
            list_entries(community.installation, "demo", wanted, after=pages[-1].after, limit=1)
        )
    assert pages[0].items == ()
    assert [item.seq for page in pages for item in page.items] == [hold]


def test_who_stands_behind_an_entry_is_told_to_those_who_ask_in_private(
    community: Community,
) -> None:
    posted = community.transfer("王", "李", 30)
    ids = community.ids
    assert holders_behind(community.installation, "demo", posted.seq) == {
        (0, 0): ids["王"],
        (0, 1): ids["李"],
    }
    found = get_entry(community.installation, "demo", posted.seq, private=True)
    assert found.parties == {(0, 0): ids["王"], (0, 1): ids["李"]}
    page = list_entries(community.installation, "demo", EntryFilter(), private=True)
    assert page.items[0].parties == {}
    assert page.items[-1].parties == found.parties


def test_seal_is_opened_and_fits_the_entry(community: Community) -> None:
    legs = (community.leg("王", "李", 30),)
    posted = community.post(Transfer(legs=legs, memo="买菜", reference="17"))
    (opened,) = open_seals(community.installation, "demo", posted.seq)
    assert opened.details == {
        "at": community.clock.now(),
        "memo": "买菜",
        "parties": [{"from": community.ids["王"], "to": community.ids["李"]}],
        "reference": "17",
    }
    assert opened.salt is not None
    made = commitment(opened.salt, posted.entry.book, posted.seq, 0, dict(opened.details))
    assert made == posted.entry.seals[0]
    assert opened.seal == encoding.to_base64(made)


def test_seals_without_parties_and_of_continuations_are_opened_too(community: Community) -> None:
    rice = open_balance(community, "stock:yicang", 5, commodity="RICE-5KG", lot="rice-1")
    hold = community.post(Hold(member=community.ids["王"], amount=9, commodity="POINT"))
    settled = community.post(Settle(hold=hold.seq, to=community.reference("李"), memo="谢谢"))
    (opened,) = open_seals(community.installation, "demo", settled.seq)
    assert opened.details is not None
    assert opened.details["memo"] == "谢谢"
    (opened,) = open_seals(community.installation, "demo", rice.seq)
    assert opened.details == {"at": community.clock.now()}
    assert open_seals(community.installation, "demo", 0) == ()


def test_seal_of_an_enrolment_hides_number_and_name(community: Community) -> None:
    (enrolled, _) = seqs_of(community, EntryFilter(kind="holder.enrolled"))
    (opened,) = open_seals(community.installation, "demo", enrolled)
    assert opened.details is not None
    assert opened.details["name"] == "王"


def test_nothing_is_told_of_the_forgotten(community: Community) -> None:
    posted = community.transfer("王", "李", 30)
    community.transfer("李", "王", 30)
    forgetting.forget(community.installation, "demo", community.ids["李"], by=SYSTEM)
    assert holders_behind(community.installation, "demo", posted.seq) == {
        (0, 0): community.ids["王"]
    }
    (erased,) = open_seals(community.installation, "demo", posted.seq)
    assert (erased.seal, erased.salt, erased.details) == (
        encoding.to_base64(posted.entry.seals[0]),
        None,
        None,
    )
    with pytest.raises(UnknownMemberError):
        list_entries(community.installation, "demo", EntryFilter(member_id=community.ids["李"]))


def test_opening_that_came_back_with_a_backup_is_not_read_without_the_key(
    community: Community,
) -> None:
    posted = community.transfer("王", "李", 30)
    community.transfer("李", "王", 30)
    forgetting.forget(community.installation, "demo", community.ids["李"], by=SYSTEM)
    restored = {"book_id": 1, "seq": posted.seq, "seal": 0, "ciphertext": bytes(64)}
    with writing(community.installation.engine) as connection:
        connection.execute(tables.openings.insert(), restored)
    (erased,) = open_seals(community.installation, "demo", posted.seq)
    assert erased.details is None


def test_entry_whose_bytes_were_changed_is_a_fault(community: Community) -> None:
    with writing(community.installation.engine) as connection:
        connection.execute(
            update(tables.entries).where(tables.entries.c.seq == 1).values(body=b"{}")
        )
    with pytest.raises(LogBrokenError, match="entry 1"):
        get_entry(community.installation, "demo", 1)


def test_what_does_not_exist_is_told_apart(community: Community) -> None:
    installation = community.installation
    for ask in (get_entry, holders_behind, open_seals):
        for seq in (-1, 1_000):
            with pytest.raises(UnknownEntryError):
                ask(installation, "demo", seq)
    with pytest.raises(UnknownAccountError):
        list_entries(installation, "demo", EntryFilter(account="nothing"))
    with pytest.raises(UnknownMemberError):
        list_entries(installation, "demo", EntryFilter(member_id="A" * 22))
    with pytest.raises(MalformedError):
        list_entries(installation, "demo", EntryFilter(first="yesterday"))
    with pytest.raises(MalformedError):
        list_entries(installation, "demo", EntryFilter(), limit=0)
