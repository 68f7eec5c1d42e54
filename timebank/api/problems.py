"""What the codes of problems mean: each error there is, by the code that clients rely on."""

from dataclasses import fields
from typing import Annotated

import msgspec

from timebank.api.calls import Answer, Call, Nothing
from timebank.api.errors import problem_types, status_of, title_of
from timebank.api.operations import Resource
from timebank.errors import TimebankError

resource = Resource("problems", "What the codes of errors mean. 错误代码", of_book=False)


class Problem(msgspec.Struct, kw_only=True):
    """What is wrong, as RFC 9457 says it. Further members are the arguments of the error."""

    type: Annotated[str, msgspec.Meta(description="Where the code is explained.")]
    title: str
    status: int
    detail: Annotated[str, msgspec.Meta(description="What is wrong, and what would do.")]
    code: Annotated[str, msgspec.Meta(description="Stable; programs may rely on it.")]
    field: Annotated[str, msgspec.Meta(description="The field at fault.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )


class ProblemType(msgspec.Struct, frozen=True, kw_only=True):
    """What a code means. ``members`` are those that its problems have besides."""

    code: str
    status: int
    title: str
    detail: str
    members: tuple[str, ...]


class ProblemTypes(msgspec.Struct, frozen=True):
    """All codes."""

    problems: tuple[ProblemType, ...]


@resource.get("/problems", scope=None, query=Nothing, gives=ProblemTypes)
def list_problems(_call: Call[Nothing]) -> Answer[ProblemTypes]:
    """List the codes of all problems."""
    found = sorted(problem_types().items())
    return Answer(value=ProblemTypes(tuple(_describe(code, family) for code, family in found)))


def _describe(code: str, family: type[TimebankError]) -> ProblemType:
    arguments = tuple(item.name for item in fields(family))
    detail = family.template.format_map({name: f"<{name}>" for name in arguments})
    return ProblemType(
        code=code,
        status=status_of(family),
        title=title_of(family),
        detail=detail,
        members=arguments,
    )
