"""A flipped bit anywhere in the file of a SQLite database is found, unless it changes nothing."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from tests.databases import Databases
from tests.installations import installed
from tests.services.full_books import full_book
from tests.services.verification.both_ways import verify_both
from tests.services.verification.test_tampering import LOG, UNPROVABLE
from timebank.services.verification import Verdict

FLIPS = 40
FILE_HEADER_BYTES = 100


@pytest.fixture
def original(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Path]:
    """The file of a full book, with all pages in it."""
    with sqlite_databases.fresh() as url:
        with installed(url, tmp_path) as installation:
            full_book(installation)
        yield Path(url.removeprefix("sqlite:///"))


def test_a_flipped_bit_is_found_unless_it_changes_nothing(original: Path, tmp_path: Path) -> None:
    content = original.read_bytes()
    with installed(f"sqlite:///{original}", tmp_path) as installation:
        whole = provable(installation.engine)
    for seed in range(FLIPS):
        damaged = tmp_path / f"damaged-{seed}.db"
        damaged.write_bytes(flipped(content, seed))
        assert is_found(damaged, whole), f"seed {seed}"


def flipped(content: bytes, seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - a place, not a secret
    changed = bytearray(content)
    changed[chance.randrange(FILE_HEADER_BYTES, len(content))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def is_found(damaged: Path, whole: dict[str, Any]) -> bool:
    """Whether verifying finds the damage or fails, or else nothing of the book is changed."""
    with installed(f"sqlite:///{damaged}", damaged.parent) as installation:
        try:
            report = verify_both(installation, "demo")
        except (SQLAlchemyError, UnicodeDecodeError):
            return True
        return report.verdict is Verdict.WRONG or provable(installation.engine) == whole


def provable(engine: Engine) -> dict[str, Any]:
    """All that verifying has to prove, table by table."""
    found = {}
    with engine.connect() as connection:
        for table in LOG:
            left_out = UNPROVABLE.get(table.name, ())
            columns = [column for column in table.columns if column.name not in left_out]
            found[table.name] = set(map(tuple, connection.execute(select(*columns))))
    return found
