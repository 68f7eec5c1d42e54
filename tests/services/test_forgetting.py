"""Forgetting a person: nothing of them is left in any file, and the book goes on."""

from base64 import b64encode
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, text

from tests.databases import Databases
from tests.installations import SYSTEM, Community, found_community, installed
from timebank.errors import NotSettledError, UnknownMemberError
from timebank.flows.holds import Hold, Release
from timebank.flows.movements import Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger import encoding
from timebank.services import members
from timebank.services.forgetting import apply_list, forget
from timebank.services.installation import Installation
from timebank.services.members import Enrolment
from timebank.store import forgotten, tables

PERSON = Enrolment(
    number="翠竹-4711", name="忘忧老人", contact={"phone": "13912344711", "address": "忘川路"}
)
MEMO = "给忘忧老人买药"


def enrol_person(community: Community) -> None:
    """Enrol somebody who helps, is helped, and ends at zero."""
    enrolled = members.enrol(community.installation, "demo", PERSON, by=SYSTEM)
    community.ids["她"] = enrolled.member.member_id
    community.post(Transfer(legs=(community.leg("王", "她", 30),), memo=MEMO))
    hold = community.post(Hold(member=community.ids["她"], amount=10, commodity="POINT"))
    community.post(Release(hold=hold.seq))
    community.post(Transfer(legs=(community.leg("她", "王", 30),), memo=MEMO))


def secrets_of(community: Community) -> list[bytes]:
    """All by which the person could be named or their keys be found, as files might hold it."""
    texts = [PERSON.number, PERSON.name, MEMO, *PERSON.contact.values()]
    secrets = [text.encode() for text in texts] + [text.encode("utf-16-le") for text in texts]
    key = members.viewing_key(community.installation, "demo", community.ids["她"])
    raw = encoding.from_base64(key)
    secrets += [key.encode(), raw, raw.hex().encode(), b64encode(raw)]
    holders, engine = tables.holders, community.installation.engine
    with engine.connect() as connection:
        number = connection.scalar(
            select(holders.c.holder).where(holders.c.member_id == community.ids["她"])
        )
        secrets += connection.execute(
            select(tables.holder_keys.c.wrapped).where(tables.holder_keys.c.holder == number)
        ).scalars()
        secrets += connection.execute(
            select(tables.contacts.c.ciphertext).where(tables.contacts.c.holder == number)
        ).scalars()
        seqs = select(tables.leg_sides.c.seq).where(tables.leg_sides.c.holder == number)
        secrets += connection.execute(
            select(tables.openings.c.ciphertext).where(
                tables.openings.c.seq.in_(seqs) | (tables.openings.c.seq == number)
            )
        ).scalars()
        digest = connection.scalar(
            select(holders.c.number_digest).where(holders.c.holder == number)
        )
        assert digest is not None
        secrets.append(digest)
    return secrets


def found_in_files(home: Path, secrets: list[bytes]) -> list[tuple[str, bytes]]:
    """Which of the secrets stand in which file under a folder."""
    return [
        (path.name, secret)
        for path in sorted(home.rglob("*"))
        if path.is_file()
        for secret in secrets
        if secret in path.read_bytes()
    ]


def found_in_rows(installation: Installation, secrets: list[bytes]) -> list[tuple[str, bytes]]:
    """Which of the secrets stand in which table."""
    found = []
    with installation.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            columns = [c for c in table.columns if isinstance(c.type, LargeBinary)]
            for row in connection.execute(select(*columns)) if columns else ():
                content = b"|".join(bytes(value or b"") for value in row)
                found += [(table.name, secret) for secret in secrets if secret in content]
    return found


def test_nothing_of_the_forgotten_is_left_in_any_file(tmp_path: Path, databases: Databases) -> None:
    with databases.fresh() as fresh_url:
        home, url = tmp_path, fresh_url
        if databases.kind == "sqlite":
            Path(fresh_url.removeprefix("sqlite:///")).rename(home / "timebank.db")
            url = f"sqlite:///{home / 'timebank.db'}"
        with installed(url, home) as installation:
            community = found_community(installation)
            community.enrol("王", *(f"邻居{number}" for number in range(200)))
            community.issue("王", 100)
            enrol_person(community)
            secrets = secrets_of(community)
            assert found_in_rows(installation, secrets)
            forget(installation, "demo", community.ids["她"], by=SYSTEM)
            assert found_in_rows(installation, secrets) == []
            assert found_in_files(home, secrets) == []
            assert (home / "forgotten.jsonl").stat().st_size > 0


def test_the_book_goes_on_without_the_forgotten(community: Community) -> None:
    enrol_person(community)
    installation = community.installation
    forget(installation, "demo", community.ids["她"], by=SYSTEM)
    names = [member.name for member in members.list_members(installation, "demo")]
    assert names == ["王", "李"]
    with pytest.raises(UnknownMemberError):
        members.get_member(installation, "demo", community.ids["她"])
    with pytest.raises(UnknownMemberError):
        members.viewing_key(installation, "demo", community.ids["她"])
    late = Transfer(legs=(community.leg("王", "她", 1),))
    assert community.refusal(late).code == "unknown_account"
    community.transfer("王", "李", 1)
    again = members.enrol(installation, "demo", PERSON, by=SYSTEM)
    assert again.member.member_id != community.ids["她"]


def test_what_a_forgotten_person_was_part_of_is_not_reversed(community: Community) -> None:
    enrol_person(community)
    moved = community.transfer("王", "她", 5)
    community.transfer("她", "王", 5)
    forget(community.installation, "demo", community.ids["她"], by=SYSTEM)
    assert community.refusal(Reverse(reverses=moved.seq)).code == "member_left"


def test_whoever_owns_or_holds_something_is_not_forgotten(community: Community) -> None:
    enrol_person(community)
    community.transfer("王", "她", 5)
    held = community.post(Hold(member=community.ids["她"], amount=5, commodity="POINT"))
    with pytest.raises(NotSettledError):
        forget(community.installation, "demo", community.ids["她"], by=SYSTEM)
    community.post(Release(hold=held.seq))
    with pytest.raises(NotSettledError):
        forget(community.installation, "demo", community.ids["她"], by=SYSTEM)
    assert members.get_member(community.installation, "demo", community.ids["她"]).name


def test_to_forget_twice_changes_nothing(community: Community) -> None:
    enrol_person(community)
    for _ in range(2):
        forget(community.installation, "demo", community.ids["她"], by=SYSTEM)
    with community.installation.engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM entries WHERE kind = 'holder.left'"))
    assert left == 1


def test_the_list_is_applied_after_a_restore(community: Community) -> None:
    enrol_person(community)
    installation = community.installation
    with installation.engine.connect() as connection:
        key_hash = connection.scalar(
            select(tables.holders.c.key_hash).where(
                tables.holders.c.member_id == community.ids["她"]
            )
        )
        assert key_hash is not None
    person = forgotten.Forgotten("localhost/log/demo", key_hash)
    forgotten.append(installation.settings.home, person)
    assert apply_list(installation) == 1
    assert apply_list(installation) == 0
    with pytest.raises(UnknownMemberError):
        members.get_member(installation, "demo", community.ids["她"])


def test_a_list_that_lost_a_line_is_completed(community: Community) -> None:
    enrol_person(community)
    installation = community.installation
    forget(installation, "demo", community.ids["她"], by=SYSTEM)
    (installation.settings.home / forgotten.FILE_NAME).unlink()
    assert apply_list(installation) == 0
    assert len(forgotten.read(installation.settings.home)) == 1
