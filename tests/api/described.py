"""The description of the API as the service serves it, and whether answers are what it says."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Description:
    """A served OpenAPI document."""

    document: dict[str, Any]

    @cached_property
    def operations(self) -> dict[str, dict[str, Any]]:
        """All operations, by their ids."""
        return {
            operation["operationId"]: {**operation, "path": path, "method": method.upper()}
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        }

    def find(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation at an address; those with fewer names in their path come first."""
        found = [
            operation
            for operation in self.operations.values()
            if operation["method"] == method and _pattern(operation["path"]).fullmatch(path)
        ]
        return min(found, key=lambda operation: operation["path"].count("{"), default=None)

    def check_answer(
        self, operation: dict[str, Any], status: int, content_type: str, value: object
    ) -> None:
        """Fail unless this operation may answer so."""
        responses = operation["responses"]
        response = responses.get(str(status)) or responses["default"]
        assert (str(status) in responses) == (status < 300), f"{status} is not described"
        content = self._resolve(response)["content"]
        assert content_type in content, f"{content_type} is not described"
        if "json" in content_type:
            self._check(content[content_type]["schema"], value)

    def check_question(self, operation: dict[str, Any], body: object) -> None:
        """Fail unless this operation may be asked so."""
        self._check(operation["requestBody"]["content"]["application/json"]["schema"], body)

    def references(self) -> set[str]:
        """All references within the document."""
        return set(_references(self.document))

    def _resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def resolve(self, reference: str) -> dict[str, Any]:
        """What a reference leads to."""
        return self._resolve({"$ref": reference})

    def _check(self, schema: dict[str, Any], value: object) -> None:
        whole = {**schema, "components": self.document["components"]}
        errors = [
            f"{error.json_path}: {error.message}"
            for error in Draft202012Validator(whole).iter_errors(value)
        ]
        assert not errors, errors


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [one for value in part.values() for one in _references(value)]
    if isinstance(part, list):
        return [one for value in part for one in _references(value)]
    return []
