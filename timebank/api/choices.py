"""What a field may say where it has a choice, looked up in the type it is read as."""

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import inspect

_STEP: Final = re.compile(r"\[[^]]*\]|[^.\[\]]+")


def choices(type_: Any, path: str) -> list[str]:  # noqa: ANN401  also a union, which is no type
    """List the values that ``path`` (``items[3].kind``) may have: of a tag, or of a literal."""
    found = list(_alternatives(inspect.type_info(type_)))
    for step in _STEP.findall(path):
        found = [inner for outer in found for inner in _inside(outer, step)]
    values = {
        value for one in found if isinstance(one, inspect.LiteralType) for value in one.values
    }
    return sorted(map(str, values))


def _alternatives(type_: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(type_, inspect.Metadata):
        yield from _alternatives(type_.type)
    elif isinstance(type_, inspect.UnionType):
        for one in type_.types:
            yield from _alternatives(one)
    else:
        yield type_


def _inside(type_: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """The types of what lies one step further: a field, or an item of a list."""
    if isinstance(type_, inspect.StructType):
        if step == type_.tag_field and type_.tag is not None:
            yield inspect.LiteralType((type_.tag,))
        for field in type_.fields:
            if step == field.encode_name:
                yield from _alternatives(field.type)
    elif isinstance(type_, inspect.VarTupleType | inspect.ListType):
        yield from _alternatives(type_.item_type)
