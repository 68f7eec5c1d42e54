"""API keys: kept as hashes, issued once for a request, rotated with overlap."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from tests.installations import Community, found_community, installed
from timebank.errors import (
    IdempotencyConflictError,
    MalformedError,
    StaleStateError,
    UnknownBookError,
    UnknownKeyError,
)
from timebank.flows.definitions import OpenAccount
from timebank.services import books, keys
from timebank.services.installation import Installation
from timebank.services.keys import SCOPES, NewKey
from timebank.services.posting import Idempotency
from timebank.store.database import reading
from timebank.store.tables import api_keys

TILL = NewKey(
    app="till", scopes=("read", "post"), capacities=("staff:treasurer:*",), title="收银台"
)
LATER = datetime.fromisoformat("2026-03-05T12:00:00+08:00")


def request(key: str, command: bytes = b"{}") -> Idempotency:
    return Idempotency("office", key, "POST", "/keys", command)


@pytest.fixture
def book(installation: Installation) -> Installation:
    """An installation with a book."""
    books.open_book(installation, slug="demo", title="Demo", time_zone="UTC")
    return installation


def test_only_a_hash_of_the_secret_is_kept(book: Installation) -> None:
    issued = keys.issue(book, "demo", TILL)
    assert issued.token is not None
    found = re.fullmatch(r"tb_([\w-]{16})_([\w-]{43})", issued.token, re.ASCII)
    assert found
    assert found[1] == issued.key.key_id
    assert issued.token not in repr(issued)
    with reading(book.engine) as connection:
        row = connection.execute(select(api_keys)).one()
    assert row.secret_hash == hashlib.sha256(found[2].encode()).digest()
    assert found[2] not in str(tuple(row))
    assert keys.parse_token(issued.token) == (found[1], found[2])
    assert keys.book_of(found[1]) == 1


def test_key_is_listed_with_all_that_is_not_secret(book: Installation) -> None:
    issued = keys.issue(book, "demo", replace(TILL, expires=LATER))
    assert (
        keys.list_keys(book, "demo")
        == [issued.key]
        == [keys.get_key(book, "demo", issued.key.key_id)]
    )
    assert issued.key.created == "2026-03-01T04:00:00Z"
    assert issued.key.expires == "2026-03-05T04:00:00Z"
    assert issued.key.scopes == ("read", "post")
    assert (issued.key.revoked, issued.key.last_used) == (None, None)


def test_keys_of_another_book_are_not_found(book: Installation) -> None:
    books.open_book(book, slug="other", title="Other", time_zone="UTC")
    key_id = keys.issue(book, "demo", TILL).key.key_id
    assert keys.list_keys(book, "other") == []
    for find in (keys.get_key, keys.revoke):
        with pytest.raises(UnknownKeyError):
            find(book, "other", key_id)
    with pytest.raises(UnknownKeyError):
        keys.rotate(book, "other", key_id, overlap_until=LATER)
    with pytest.raises(UnknownBookError):
        keys.issue(book, "nope", TILL)


def test_repeated_request_makes_no_second_key(book: Installation) -> None:
    first = keys.issue(book, "demo", TILL, idempotency=request("a"))
    again = keys.issue(book, "demo", TILL, idempotency=request("a"))
    assert (first.replayed, again.replayed) == (False, True)
    assert again.token is None
    assert again.key == first.key
    with pytest.raises(IdempotencyConflictError):
        keys.issue(book, "demo", TILL, idempotency=request("a", b"other"))
    assert keys.issue(book, "demo", TILL, idempotency=request("b")).key != first.key


def test_key_of_a_request_is_used_up_by_entries_too(installation: Installation) -> None:
    community = found_community(installation)
    community.post(OpenAccount(account="groups:tea"), key="a")
    known = msgspec.structs.replace(request("a"), app="test")
    with pytest.raises(IdempotencyConflictError):
        keys.issue(installation, "demo", TILL, idempotency=known)


def test_requests_that_race_make_one_key(book: Installation) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda _: keys.issue(book, "demo", TILL, idempotency=request("race")), range(8)
            )
        )
    assert len({one.key.key_id for one in made}) == 1
    assert [one.token is None for one in made].count(False) == 1
    assert len(keys.list_keys(book, "demo")) == 1


def test_rotated_key_expires_when_it_is_said(book: Installation) -> None:
    old = keys.issue(book, "demo", replace(TILL, expires=LATER)).key
    until = datetime.fromisoformat("2026-03-03T00:00:00Z")
    new = keys.rotate(book, "demo", old.key_id, overlap_until=until, idempotency=request("r"))
    assert new.token is not None
    assert replace(new.key, key_id=old.key_id) == old
    assert keys.get_key(book, "demo", old.key_id).expires == "2026-03-03T00:00:00Z"
    again = keys.rotate(book, "demo", old.key_id, overlap_until=until, idempotency=request("r"))
    assert (again.key, again.token) == (new.key, None)


def test_overlap_never_makes_a_key_live_longer(book: Installation) -> None:
    old = keys.issue(book, "demo", replace(TILL, expires=LATER)).key
    keys.rotate(book, "demo", old.key_id, overlap_until=LATER.replace(day=20))
    assert keys.get_key(book, "demo", old.key_id).expires == old.expires


def test_key_that_is_over_is_not_rotated(book: Installation) -> None:
    key = keys.issue(book, "demo", TILL).key
    assert keys.revoke(book, "demo", key.key_id).revoked == "2026-03-01T04:00:00Z"
    with pytest.raises(StaleStateError):
        keys.rotate(book, "demo", key.key_id, overlap_until=LATER)
    assert len(keys.list_keys(book, "demo")) == 1


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(TILL, app="a b"), "app"),
        (replace(TILL, app=""), "app"),
        (replace(TILL, scopes=()), "scopes"),
        (replace(TILL, scopes=("all",)), "scopes"),
        (replace(TILL, scopes=("read", "read")), "scopes"),
        (replace(TILL, capacities=("member",)), "capacities[0]"),
        (replace(TILL, capacities=("system",)), "capacities[0]"),
        (replace(TILL, capacities=("app:x",)), "capacities[0]"),
        (replace(TILL, capacities=("staff:a:1", "staff:*")), "capacities[1]"),
        (replace(TILL, capacities=("staff:*:1",)), "capacities[0]"),
        (replace(TILL, capacities=("staff:a:0",)), "capacities[0]"),
        (replace(TILL, capacities=("staff:a:1", "staff:auditor:1")), "capacities[1]"),
        (replace(TILL, capacities=("staff:auditor:*",)), "capacities[0]"),
        (replace(TILL, capacities=("staff:a:**",)), "capacities[0]"),
        (replace(TILL, capacities=tuple(f"staff:a:{n}" for n in range(1, 18))), "capacities"),
        (replace(TILL, title="a" * 201), "title"),
        (replace(TILL, title="a\nb"), "title"),
        (replace(TILL, expires=datetime.fromisoformat("2026-03-01T12:00:00+08:00")), "expires"),
        (replace(TILL, expires=datetime.fromisoformat("9999-12-31T23:00:00-05:00")), "expires"),
    ],
)
def test_key_must_be_well_formed(sqlite_url: str, tmp_path: Path, new: NewKey, field: str) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        books.open_book(installation, slug="demo", title="Demo", time_zone="UTC")
        with pytest.raises(MalformedError) as caught:
            keys.issue(installation, "demo", new)
        assert caught.value.field == field
        assert keys.list_keys(installation, "demo") == []


@pytest.mark.parametrize(
    "token", ["", "tb_", "tb_a_b", "tb_" + "A" * 16 + "_" + "é" * 43, "x" * 63]
)
def test_what_is_no_key_is_seen_at_once(token: str) -> None:
    assert keys.parse_token(token) is None


def test_scopes_are_those_of_the_design(community: Community) -> None:
    assert SCOPES == ("read", "post", "members", "define", "keys")
    every = keys.issue(community.installation, "demo", NewKey(app="office", scopes=SCOPES))
    assert every.key.scopes == SCOPES
