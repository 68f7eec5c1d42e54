"""Members: enrolling, finding, reaching and letting go of those who have accounts in a book.

A member is a person or a group, a carrier or a stall. Their number and name and how to reach them
are private: encrypted with a key of their own, and shown only to those who may see them.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlalchemy import Connection

from timebank.errors import MalformedError, TimebankError, UnknownMemberError
from timebank.flows.definitions import EnrolHolder, LeaveHolder, LimitFact
from timebank.ledger import encoding, viewing
from timebank.services.installation import Installation
from timebank.services.posting import Idempotency, Posted, Posting, post, post_batch
from timebank.store import members
from timebank.store.books import Book, find_book
from timebank.store.database import reading, retrying, writing
from timebank.store.members import HolderRow
from timebank.store.requests import NewHolder
from timebank.store.vault import BookVault, HolderKeys

MEMBER_ID_BYTES = 16
MAX_CONTACT_FIELDS = 32
MAX_CONTACT_CHARACTERS = 1_000
MAX_NUMBER_CHARACTERS = 64

Kind = Literal["member", "carrier", "stall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Somebody to be enrolled; ``contact`` is what else is known of them, by field."""

    number: str
    name: str
    kind: Kind = "member"
    contact: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[LimitFact, ...] = ()
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member as those see them who may; without the private part where it was erased."""

    member_id: str
    kind: str
    enrolled: int
    left: bool
    forgotten: bool
    number: str | None
    name: str | None
    contact: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new member. ``viewing_key`` is base64, and given with the first answer only."""

    member: Member
    posted: Posted
    viewing_key: str | None


def enrol(
    installation: Installation,
    slug: str,
    enrolment: Enrolment,
    *,
    by: tuple[str, ...],
    idempotency: Idempotency | None = None,
) -> Enrolled:
    """Enrol somebody. Raises AlreadyDefinedError where the number is taken."""
    book, vault = _book_and_vault(installation, slug)
    new = _new_holder(installation, vault, enrolment)
    posted = post(installation, slug, _posting(book, enrolment, new, by, idempotency))
    with reading(installation.engine) as connection:
        row = members.find_by_seq(connection, book.book_id, posted.seq)
    key = None if posted.replayed else encoding.to_base64(new.keys.viewing)
    return Enrolled(_to_member(vault, row), posted, key)


def enrol_batch(
    installation: Installation,
    slug: str,
    enrolments: Sequence[tuple[Enrolment, Idempotency]],
    *,
    by: tuple[str, ...],
) -> list[Posted | TimebankError]:
    """Enrol many at once, each on its own; give the outcome of each."""
    book, vault = _book_and_vault(installation, slug)
    postings = [
        _posting(book, enrolment, _new_holder(installation, vault, enrolment), by, idempotency)
        for enrolment, idempotency in enrolments
    ]
    return post_batch(installation, slug, postings, atomic=False)


def list_members(
    installation: Installation,
    slug: str,
    *,
    kind: Kind | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Member]:
    """Members that were not forgotten, in the order of enrolment, after the one enrolled by it.

    All of them, carriers and stalls too, or those of one kind.
    """
    with reading(installation.engine) as connection:
        book, vault = _book_and_vault_in(installation, connection, slug)
        rows = members.list_holders(connection, book.book_id, kind=kind, after=after, limit=limit)
    return [_to_member(vault, row) for row in rows]


def get_member(installation: Installation, slug: str, member_id: str) -> Member:
    """The member with this id. Raises UnknownMemberError, also for somebody forgotten."""
    with reading(installation.engine) as connection:
        book, vault = _book_and_vault_in(installation, connection, slug)
        row = _known(members.find_by_id(connection, book.book_id, member_id))
    return _to_member(vault, row)


def find_member(installation: Installation, slug: str, *, number: str) -> Member:
    """The member with the association's own number. Raises UnknownMemberError."""
    with reading(installation.engine) as connection:
        book, vault = _book_and_vault_in(installation, connection, slug)
        row = members.find_by_number(connection, book.book_id, vault.number_digest(number))
    return _to_member(vault, row)


def find_member_ids(
    installation: Installation, slug: str, numbers: Sequence[str]
) -> dict[str, str]:
    """Member ids by the association's own numbers; unknown numbers are left out."""
    with reading(installation.engine) as connection:
        book, vault = _book_and_vault_in(installation, connection, slug)
        digests = {vault.number_digest(number): number for number in numbers}
        found = members.find_by_digests(connection, book.book_id, digests)
    return {digests[digest]: member_id for digest, member_id in found.items()}


def viewing_key(installation: Installation, slug: str, member_id: str) -> str:
    """The viewing key of a member, base64 of 32 bytes. Raises UnknownMemberError."""
    with reading(installation.engine) as connection:
        book, vault = _book_and_vault_in(installation, connection, slug)
        row = members.find_by_id(connection, book.book_id, member_id)
    return encoding.to_base64(_keys(vault, row).viewing)


def change_contact(
    installation: Installation,
    slug: str,
    member_id: str,
    *,
    name: str,
    contact: Mapping[str, str],
) -> Member:
    """Replace name and contact fields of a member; the number stays. Raises UnknownMemberError."""
    check_contact(name, contact)

    def change() -> Member:
        """Replace the record, in a transaction of its own."""
        with writing(installation.engine) as connection:
            book, vault = _book_and_vault_in(installation, connection, slug)
            row = members.find_by_id(connection, book.book_id, member_id)
            keys = _keys(vault, row)
            old = _to_member(vault, row)
            record = _pack_record(old.number or "", name, contact)
            ciphertext = vault.encrypt_contact(row.holder, keys.data, record)
            members.write_contact(connection, book.book_id, row.holder, ciphertext)
            return _to_member(vault, members.find_by_id(connection, book.book_id, member_id))

    return retrying(change)


def leave(  # noqa: PLR0913  who, where, as whom, when, and how a repeat is known
    installation: Installation,
    slug: str,
    member_id: str,
    *,
    by: tuple[str, ...],
    day: str | None = None,
    idempotency: Idempotency | None = None,
) -> Posted:
    """Let a member go who owns nothing and owes nothing. Raises NotSettledError otherwise."""
    get_member(installation, slug, member_id)
    posting = Posting(
        command=LeaveHolder(member=member_id, day=day), by=by, idempotency=idempotency
    )
    return post(installation, slug, posting)


def check_contact(name: str, contact: Mapping[str, str]) -> None:
    """Raise MalformedError where a name or contact fields cannot be kept."""
    _check_text("name", name, 500)
    if len(contact) > MAX_CONTACT_FIELDS:
        raise MalformedError("contact", f"has more than {MAX_CONTACT_FIELDS} fields")
    for field_name, value in contact.items():
        if not field_name.isidentifier() or field_name in ("name", "number"):
            raise MalformedError("contact", "a field needs a name of its own, of letters")
        _check_text(f"contact.{field_name}", value, MAX_CONTACT_CHARACTERS)


def _check_text(field_name: str, text: str, most: int) -> None:
    if not 1 <= len(text) <= most:
        raise MalformedError(field_name, f"must have 1 to {most} characters")
    try:
        encoding.check(text)
    except TimebankError as error:
        raise MalformedError(field_name, str(error)) from error


def _book_and_vault(installation: Installation, slug: str) -> tuple[Book, BookVault]:
    with reading(installation.engine) as connection:
        return _book_and_vault_in(installation, connection, slug)


def _book_and_vault_in(
    installation: Installation, connection: Connection, slug: str
) -> tuple[Book, BookVault]:
    book = find_book(connection, slug)
    return book, installation.vault.book(book.origin)


def _new_holder(installation: Installation, vault: BookVault, enrolment: Enrolment) -> NewHolder:
    _check_text("number", enrolment.number, MAX_NUMBER_CHARACTERS)
    check_contact(enrolment.name, enrolment.contact)
    random_bytes = installation.randomness.keys
    return NewHolder(
        member_id=urlsafe_b64encode(random_bytes(MEMBER_ID_BYTES)).rstrip(b"=").decode(),
        keys=vault.new_holder_keys(random_bytes),
        number_digest=vault.number_digest(enrolment.number),
        contact={"number": enrolment.number, "name": enrolment.name, **enrolment.contact},
    )


def _posting(
    book: Book,
    enrolment: Enrolment,
    new: NewHolder,
    by: tuple[str, ...],
    idempotency: Idempotency | None,
) -> Posting:
    key_hash = viewing.key_hash(book.origin, new.keys.viewing)
    command = EnrolHolder(
        holder=enrolment.kind,
        key_hash=encoding.to_base64(key_hash),
        number=enrolment.number,
        name=enrolment.name,
        limits=enrolment.limits,
        day=enrolment.day,
    )
    return Posting(command=command, by=by, idempotency=idempotency, attached=new)


def _known(row: HolderRow) -> HolderRow:
    if row.forgotten:
        raise UnknownMemberError(row.member_id)
    return row


def _keys(vault: BookVault, row: HolderRow) -> HolderKeys:
    keys = vault.unwrap_holder_keys(row.holder, row.wrapped)
    if keys is None:
        raise UnknownMemberError(row.member_id)
    return keys


def _pack_record(number: str, name: str, contact: Mapping[str, str]) -> bytes:
    return msgspec.json.encode({"number": number, "name": name, **contact})


def _to_member(vault: BookVault, row: HolderRow) -> Member:
    record: dict[str, str] = {}
    if not row.forgotten and row.contact is not None:
        data_key = _keys(vault, row).data
        record = msgspec.json.decode(vault.decrypt_contact(row.holder, data_key, row.contact))
    number, name = record.pop("number", None), record.pop("name", None)
    return Member(
        row.member_id,
        row.kind,
        row.holder,
        row.left_seq is not None,
        row.forgotten,
        number,
        name,
        record,
    )
