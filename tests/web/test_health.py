"""Health: alive whatever happens, ready only with database, tables and key."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text
from werkzeug.test import TestResponse

from tests.installations import found_community
from timebank.app import create_app
from timebank.config import Settings
from timebank.errors import NotReadyError
from timebank.services import health
from timebank.services.health import Readiness
from timebank.services.installation import Installation
from timebank.store import migrating
from timebank.store.database import writing

KEY = bytes(range(32))
Make = Callable[..., Flask]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make an application over a database."""
    made: list[Flask] = []

    def make_app(url: str, key: bytes = KEY, pool_size: int = 16) -> Flask:
        settings = Settings(
            tmp_path, url, installation_key=key, pool_size=pool_size, pool_overflow=0
        )
        made.append(create_app(settings))
        return made[-1]

    yield make_app
    for app in made:
        app.extensions["timebank"].close()


def ask(app: Flask, path: str) -> TestResponse:
    return app.test_client().get(path)


def reason(answer: TestResponse) -> str:
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == "not_ready"
    assert answer.headers["Retry-After"] == "5"
    return str(answer.json["reason"])


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_sound_service_is_alive_and_ready(make: Make, database_url: str, path: str) -> None:
    answer = ask(make(database_url), path)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_service_with_books_is_ready(make: Make, database_url: str) -> None:
    app = make(database_url)
    found_community(app.extensions["timebank"])
    assert ask(app, "/readyz").status_code == 200


def test_another_installation_key_is_not_ready(make: Make, database_url: str) -> None:
    found_community(make(database_url).extensions["timebank"])
    assert reason(ask(make(database_url, bytes(32)), "/readyz")) == health.OTHER_KEY


def test_a_database_without_tables_is_not_ready(make: Make, bare_database_url: str) -> None:
    app = make(bare_database_url)
    assert reason(ask(app, "/readyz")) == health.NOT_MIGRATED
    assert ask(app, "/healthz").status_code == 200


def test_tables_of_another_version_are_not_ready(make: Make, database_url: str) -> None:
    app = make(database_url)
    with writing(app.extensions["timebank"].engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert reason(ask(app, "/readyz")) == health.NOT_MIGRATED


def test_a_database_that_is_gone_is_not_ready(make: Make) -> None:
    app = make("postgresql://timebank:secret@127.0.0.1:1/timebank")
    answer = ask(app, "/readyz")
    assert reason(answer) == health.UNREACHABLE
    assert "secret" not in answer.text
    assert ask(app, "/healthz").status_code == 200


def test_a_damaged_database_is_not_ready_until_it_is_mended(
    make: Make, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    app = make(sqlite_url)
    rename_table_of_versions(sqlite_url, "CAST(x'FF' AS TEXT)")
    assert reason(ask(app, "/readyz")) == health.DAMAGED
    rename_table_of_versions(sqlite_url, "'alembic_version'")
    assert ask(app, "/readyz").status_code == 200


def rename_table_of_versions(url: str, name: str) -> None:
    """Change its name, an expression of SQL, on the disk, as a fault of it might."""
    with closing(sqlite3.connect(str(make_url(url).database))) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            f"UPDATE sqlite_master SET name = {name}, tbl_name = {name}"  # noqa: S608  ours
            " WHERE sql LIKE 'CREATE TABLE alembic_version%'"
        )
        connection.commit()


def test_it_is_ready_again_when_the_obstacle_is_gone(
    make: Make, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    app = make(bare_database_url)
    assert ask(app, "/readyz").status_code == 503
    migrating.upgrade(bare_database_url)
    assert ask(app, "/readyz").status_code == 200


def test_a_full_pool_is_told_in_time_and_asked_once(make: Make, database_url: str) -> None:
    installation = make(database_url, pool_size=1).extensions["timebank"]
    assert isinstance(installation, Installation)
    readiness = Readiness(installation, patience=0.1)
    before = threading.active_count()
    with installation.engine.connect():
        for _ in range(5):
            with pytest.raises(NotReadyError, match=health.SLOW):
                readiness.check()
        assert threading.active_count() == before + 1
    Readiness(installation).check()


def test_an_answer_holds_for_a_moment(
    make: Make, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Installation] = []

    def look(installation: Installation) -> str:
        looked.append(installation)
        return ""

    monkeypatch.setattr(health, "obstacle_of", look)
    monkeypatch.setattr(health, "FRESH_SECONDS", 60.0)
    app = make(database_url)
    for _ in range(20):
        assert ask(app, "/readyz").status_code == 200
    assert len(looked) == 1
