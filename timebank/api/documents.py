"""What OpenAPI says of one address, made from the types that it takes and gives."""

from typing import Any, Final

import msgspec

PROBLEM: Final = {"$ref": "#/components/responses/Problem"}
SECURITY: Final = "key"
REF: Final = "#/components/schemas/{name}"

_NAMES: Final = {
    "book": "The short name of a book.",
    "seq": "The place of an entry in its book, from 0.",
    "member": "The id of a member, carrier or stall.",
    "account": "The code of an account, such as `groups:chess-club`.",
    "commodity": "The code of a commodity, such as `HOUR`.",
    "lot": "The code of a lot or a fund, such as `fund:flood-2026`.",
    "report": "The name of a report, such as `income-expenditure`.",
    "key": "The id of an API key.",
    "code": "The code of a problem.",
    "preset": "The name of a preset of policy.",
}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Chosen by the caller. The same key with the same request is answered as "
    "before, with `Idempotent-Replayed: true`, and done only once. Keys do not expire.",
}
_NEXT: Final = {
    "schema": {"type": "string"},
    "description": "The address of the next page, as `<...>; rel=next`, where there is one.",
}
_REPLAYED: Final = {
    "schema": {"type": "string", "enum": ["true"]},
    "description": "The same request was answered before, and nothing was done now.",
}
_LOCATION: Final = {
    "schema": {"type": "string"},
    "description": "The address of what was made.",
}


def describe_read(query: Any, gives: Any, *, scope: str | None, csv: bool) -> dict[str, Any]:  # noqa: ANN401  types of all sorts
    """Describe an address that is read; all may read it where ``scope`` is None."""
    content = {"application/json": {"schema": schema_of(gives)}}
    if csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    answer = {"description": "What was asked for.", "content": content, "headers": {"Link": _NEXT}}
    return {
        "parameters": _parameters(query),
        "responses": {"200": answer, "default": PROBLEM},
        "security": [] if scope is None else [{SECURITY: [scope]}],
    }


def describe_write(
    takes: Any,  # noqa: ANN401  types of all sorts
    gives: Any,  # noqa: ANN401  types of all sorts
    *,
    scope: str,
    creates: bool,
    keyed: bool,
) -> dict[str, Any]:
    """Describe an address that is written to; ``keyed`` says whether it heeds a key."""
    answer: dict[str, Any] = {
        "description": "What was made." if creates else "What was done.",
        "content": {"application/json": {"schema": schema_of(gives)}},
        "headers": {"Idempotent-Replayed": _REPLAYED},
    }
    if creates:
        answer["headers"]["Location"] = _LOCATION
    return {
        "parameters": [_KEY] if keyed else [],
        "requestBody": {"content": {"application/json": {"schema": schema_of(takes)}}},
        "responses": {"201" if creates else "200": answer, "default": PROBLEM},
        "security": [{SECURITY: [scope]}],
    }


def describe_path(rule: str) -> list[dict[str, Any]]:
    """Describe the names in a path."""
    return [
        {"in": "path", "name": name, "required": True, "description": text}
        for name, text in _NAMES.items()
        if f"<{name}>" in rule or f":{name}>" in rule
    ]


def schema_of(type_: Any) -> dict[str, Any]:  # noqa: ANN401  types of all sorts
    """The schema of a type, which refers to that of each structure by its name."""
    (schema,), _ = msgspec.json.schema_components([type_], ref_template=REF)
    return schema


def schemas_of(types: list[Any]) -> dict[str, Any]:
    """The schemas of all structures in these types, by their names."""
    _, components = msgspec.json.schema_components(types, ref_template=REF)
    long = [name for name in components if "." in name or "_" in name]
    assert not long, f"two structures have the same name: {long}"
    return components


def _parameters(query: Any) -> list[dict[str, Any]]:  # noqa: ANN401  any structure
    schema = schemas_of([query])[query.__name__]
    needed = schema.get("required", ())
    return [
        {
            "in": "query",
            "name": name,
            "required": name in needed,
            "description": one.pop("description", ""),
            "schema": one,
        }
        for name, one in schema["properties"].items()
    ]
