"""API keys: who may call, as which app, and what for."""

from datetime import datetime
from typing import Annotated

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.operations import Resource
from timebank.api.values import Moment
from timebank.services import keys
from timebank.services.keys import ApiKey, IssuedKey, NewKey, Scope

resource = Resource("keys", "API keys of apps, with what they may do. 接口密钥")

_encode = msgspec.json.Encoder(order="sorted").encode

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key to be issued: to which app, for what, in which capacities, until when."""

    app: str
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1)]
    capacities: tuple[str, ...] = ()
    title: str = ""
    expires: Time | None = None


class KeyRotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when the old key is still valid beside the new one."""

    overlap_until: Time


class KeyView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An API key, without what is secret about it."""

    key_id: str
    app: str
    scopes: tuple[str, ...]
    capacities: tuple[str, ...]
    title: str
    created: Moment
    expires: Moment | None = None
    revoked: Moment | None = None
    last_used: Moment | None = None


class NewKeyView(KeyView, frozen=True, kw_only=True, omit_defaults=True):
    """A new API key; ``token`` is shown in the first answer, and never again."""

    token: str | None = None


class KeyList(msgspec.Struct, frozen=True):
    """All API keys of a book."""

    keys: tuple[KeyView, ...]


def to_table(_call: Call[Nothing], found: KeyList) -> Table:
    """API keys as a table."""
    columns = ("key_id", "app", "scopes", "capacities", "title")
    times = ("created", "expires", "revoked", "last_used")
    rows = (
        (
            *(one.key_id, one.app, " ".join(one.scopes), " ".join(one.capacities), one.title),
            *(one.created, one.expires, one.revoked, one.last_used),
        )
        for one in found.keys
    )
    return Table((*columns, *times), rows)


@resource.get("/keys", scope="keys", query=Nothing, gives=KeyList, table=to_table)
def list_keys(call: Call[Nothing]) -> Answer[KeyList]:
    """List the API keys of the book, the expired and revoked ones too."""
    found = keys.list_keys(call.installation, call.slug)
    return Answer(value=KeyList(tuple(map(_to_view, found))))


@resource.get("/keys/<key>", scope="keys", query=Nothing, gives=KeyView)
def get_key(call: Call[Nothing], key: str) -> Answer[KeyView]:
    """Show an API key."""
    return Answer(value=_to_view(keys.get_key(call.installation, call.slug, key)))


@resource.post("/keys", scope="keys", takes=KeyRequest, gives=NewKeyView)
def issue_key(call: Call[KeyRequest]) -> Answer[NewKeyView]:
    """Issue an API key. Nobody can hand on more than they may do themselves."""
    new = NewKey(**msgspec.structs.asdict(call.input))
    # First whether it can be had at all, and then whether from this caller.
    keys.check_new_key(new)
    call.caller.demand_all(new.scopes, new.capacities)
    known = call.idempotency(_encode(call.input))
    return _to_answer(keys.issue(call.installation, call.slug, new, idempotency=known))


@resource.post("/keys/<key>/rotation", scope="keys", takes=KeyRotation, gives=NewKeyView)
def rotate_key(call: Call[KeyRotation], key: str) -> Answer[NewKeyView]:
    """Issue a key that may do the same, and let the old one expire."""
    old = keys.get_key(call.installation, call.slug, key)
    call.caller.demand_all(old.scopes, old.capacities)
    issued = keys.rotate(
        call.installation,
        call.slug,
        key,
        overlap_until=call.input.overlap_until,
        idempotency=call.idempotency(_encode(call.input)),
    )
    return _to_answer(issued)


@resource.post("/keys/<key>/revocation", scope="keys", takes=Nothing, gives=KeyView, creates=False)
def revoke_key(call: Call[Nothing], key: str) -> Answer[KeyView]:
    """Revoke an API key at once. To repeat it changes nothing."""
    return Answer(value=_to_view(keys.revoke(call.installation, call.slug, key)))


def _to_view(found: ApiKey) -> KeyView:
    return msgspec.convert(found, KeyView, from_attributes=True)


def _to_answer(issued: IssuedKey) -> Answer[NewKeyView]:
    view = msgspec.convert(issued.key, NewKeyView, from_attributes=True)
    view = msgspec.structs.replace(view, token=issued.token)
    return Answer(value=view, created=f"/keys/{view.key_id}", replayed=issued.replayed)
