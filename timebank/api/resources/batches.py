"""Batches: up to 1,000 entries in one request, all or nothing, or each on its own."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from timebank.api.bodies import MAX_BATCH_BYTES
from timebank.api.calls import Answer, Call
from timebank.api.commands import CommandBodies
from timebank.api.decoding import Shape
from timebank.api.errors import BatchRefusedError, problem_of
from timebank.api.operations import Resource
from timebank.errors import StaleStateError, TimebankError, TooLargeError
from timebank.flows.registry import ENTRY_COMMANDS
from timebank.ledger.encoding import to_base64
from timebank.services.metrics import PROBLEMS
from timebank.services.posting import Posted, Posting, post_batch

MAX_ITEMS: Final = 1_000

resource = Resource("batches", "Many entries in one request.")
bodies = CommandBodies(ENTRY_COMMANDS, in_batch=True)

Outcome = Posted | TimebankError


class ItemResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an item: its place in the log, or the problem with it."""

    status: int
    seq: int | None = None
    leaf_hash: str | None = None
    replayed: bool = False
    problem: Annotated[
        dict[str, Any] | None,
        msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Problem"}),
    ] = None


class BatchResult(msgspec.Struct, frozen=True):
    """What became of each item, in order."""

    results: tuple[ItemResult, ...]


_item: Any = bodies.type
BatchRequest = msgspec.defstruct(
    "BatchRequest",
    [
        ("items", Annotated[tuple[_item, ...], msgspec.Meta(min_length=1)]),
        ("atomic", bool, False),
    ],
    namespace={
        "__doc__": "Up to 1,000 entries to be posted in order; ``atomic`` is all or nothing."
    },
    forbid_unknown_fields=True,
    frozen=True,
)


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch whose items are not looked at yet, so that each gets an answer of its own."""

    items: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(min_length=1)]
    atomic: bool = False


# The type is made at run time, so mypy takes it for no type of ours.
_Described: Final[Any] = BatchRequest
_shape: Final[Shape[_Batch]] = Shape(_Batch, shallow=True)
_item_shape: Final[Shape[msgspec.Struct]] = Shape(bodies.type)


@resource.post(
    "/entries/batch",
    scope="post",
    takes=_Described,
    gives=BatchResult,
    creates=False,
    shape=_shape,
    limit_bytes=MAX_BATCH_BYTES,
)
def post_entries(call: Call[_Batch]) -> Answer[BatchResult]:
    """Post up to 1,000 entries. Each sees the effects of those before it.

    What an item reverses, goes on from or refers to by its seq must have been in the book before
    the batch.
    """
    if len(call.input.items) > MAX_ITEMS:
        raise TooLargeError("batch", MAX_ITEMS, "items")
    path = f"{call.address}/entries"
    asked = [_posting(call, item, path) for item in call.input.items]
    outcomes = _post(call, asked, atomic=call.input.atomic)
    if call.input.atomic:
        _refuse_if_any(outcomes)
    return Answer(value=BatchResult(tuple(map(_to_result, outcomes))))


def _posting(call: Call[_Batch], raw: msgspec.Raw, path: str) -> Posting | TimebankError:
    """An item as it would be posted alone, or the error against it."""
    try:
        item: Any = _item_shape.read(bytes(raw))
        asked = bodies.asked(item)
        by = call.capacities(asked)
    except TimebankError as error:
        return error
    known = call.idempotency_of(item.idempotency_key, asked.canonical, path)
    return Posting(command=asked.command, by=by, idempotency=known)


def _post(
    call: Call[_Batch], asked: Sequence[Posting | TimebankError], *, atomic: bool
) -> list[Outcome]:
    """Post what can be posted; what cannot keeps its place among the outcomes."""
    postings = [one for one in asked if isinstance(one, Posting)]
    if atomic and len(postings) < len(asked):
        return [_not_written() if isinstance(one, Posting) else one for one in asked]
    outcomes = iter(post_batch(call.installation, call.slug, postings, atomic=atomic))
    return [next(outcomes) if isinstance(one, Posting) else one for one in asked]


def _refuse_if_any(outcomes: Sequence[Outcome]) -> None:
    """Raise BatchRefusedError where items are refused for what they are themselves."""
    refused = [
        (index, outcome)
        for index, outcome in enumerate(outcomes)
        if isinstance(outcome, TimebankError) and not _is_not_written(outcome)
    ]
    if refused:
        raise BatchRefusedError(refused)


def _not_written() -> StaleStateError:
    return StaleStateError("batch", "not written, since another item was refused")


def _is_not_written(error: TimebankError) -> bool:
    return isinstance(error, StaleStateError) and error.what == "batch"


def _to_result(outcome: Outcome) -> ItemResult:
    if isinstance(outcome, TimebankError):
        problem = problem_of(outcome)
        PROBLEMS.labels(outcome.code).inc()
        return ItemResult(status=problem["status"], problem=problem)
    return ItemResult(
        status=201,
        seq=outcome.seq,
        leaf_hash=to_base64(outcome.leaf),
        replayed=outcome.replayed,
    )
