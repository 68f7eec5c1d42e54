from typing import Any

import pytest

from tests.vectors import (
    FOLDER,
    generate_books,
    generate_entries,
    generate_food_bank,
    generate_funds,
    generate_keys,
    generate_markets,
    generate_time_bank,
    generate_trees,
    generate_trial_balances,
    load,
)

DOCUMENTS = {
    **generate_trees.documents(),
    **generate_keys.documents(),
    **generate_entries.documents(),
    **generate_books.documents(),
    **generate_trial_balances.documents(),
    **generate_food_bank.documents(),
    **generate_funds.documents(),
    **generate_markets.documents(),
    **generate_time_bank.documents(),
}
RULES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_generating_again_gives_the_same_vectors(name: str) -> None:
    assert load(name) == DOCUMENTS[name]


def test_every_file_is_generated_or_known_to_be_written_by_hand() -> None:
    assert set(RULES) == {*DOCUMENTS, "base64", "codes", "encoding"}


@pytest.mark.parametrize("name", RULES)
def test_more_vectors_are_invalid_than_valid(name: str) -> None:
    for group in groups(load(name)):
        assert len(group["invalid"]) > len(group["valid"])


def groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of vectors in a document: it is one itself, or its values are some."""
    if "invalid" in document:
        return [document]
    return [value for value in document.values() if isinstance(value, dict)]


def test_the_published_roots_come_out() -> None:
    roots = {vector["size"]: vector["root"] for vector in load("tree")["published"]}

    assert roots[1] == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert roots[8] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
