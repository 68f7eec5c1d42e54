"""How we connect: addresses, settings of SQLite, servers that are refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from timebank.errors import ConfigurationError
from timebank.store.engines import make_engine, parse_url, sqlite_path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_3(scheme: str) -> None:
    url = parse_url(f"{scheme}://ada:secret@example.org/timebank?sslmode=require")
    assert url.render_as_string(hide_password=False) == (
        "postgresql+psycopg://ada:secret@example.org/timebank?sslmode=require"
    )
    assert sqlite_path(url) is None


def test_relative_path_counts_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sqlite_path(parse_url("sqlite:///a/b.db")) == tmp_path / "a" / "b.db"
    assert sqlite_path(parse_url("sqlite:////a/b.db")) == Path("/a/b.db")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "secret",
        "mysql://ada:secret@example.org/timebank",
        "postgresql+asyncpg://ada:secret@example.org/timebank",
        "postgresql://ada:secret@example.org:port/timebank",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:secret?mode=memory&uri=true",
    ],
)
def test_other_addresses_are_refused_without_showing_them(address: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_url(address)
    assert raised.value.setting == "DATABASE_URL"
    assert "secret" not in str(raised.value)


def test_sqlite_keeps_what_it_acknowledged_and_nothing_of_what_was_deleted(
    sqlite_url: str,
) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "secure_delete",
                "foreign_keys",
                "busy_timeout",
            )
        }
    engine.dispose()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.parametrize(("before", "after"), [(None, 2_048), (4_096, 4_096)])
def test_a_new_file_has_small_pages_and_an_old_one_those_it_has(
    tmp_path: Path, before: int | None, after: int
) -> None:
    path = tmp_path / "timebank.db"
    if before is not None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA page_size = {before}")
            connection.execute("CREATE TABLE kept (number INTEGER)")
    engine = make_engine(f"sqlite:///{path}")
    with engine.begin() as opened:
        opened.exec_driver_sql("CREATE TABLE added (number INTEGER)")
        assert opened.exec_driver_sql("PRAGMA page_size").scalar() == after
    engine.dispose()


def test_old_sqlite_is_refused(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(ConfigurationError, match=r"3\.38"):
        make_engine(sqlite_url)


def test_postgresql_waits_for_locks_no_longer_than_sqlite(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "30s"
        assert connection.get_isolation_level() == "READ COMMITTED"
    engine.dispose()


def test_postgresql_without_synchronous_commit_is_refused(postgresql_url: str) -> None:
    check_refused(f"{postgresql_url}&options=-csynchronous_commit%3Doff", "synchronous_commit")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("fsync", "off", "fsync"), ("server_version_num", "140012", "15 or newer")],
)
def test_postgresql_with_other_settings_is_refused(
    postgresql_url: str, setting: str, value: str, said: str
) -> None:
    # A server says these about itself; here a function found earlier says them.
    engine = make_engine(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA pretending")
        connection.exec_driver_sql(
            "CREATE FUNCTION pretending.current_setting(asked text) RETURNS text LANGUAGE sql AS"
            f" $$ SELECT CASE asked WHEN '{setting}' THEN '{value}'"
            " ELSE pg_catalog.current_setting(asked) END $$"
        )
    engine.dispose()
    check_refused(f"{postgresql_url}&options=-csearch_path%3Dpretending,pg_catalog,public", said)


def check_refused(address: str, said: str) -> None:
    """Show that the first connection is refused, and the next one just the same."""
    engine: Engine = make_engine(address)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=said):
            engine.connect()
    engine.dispose()
