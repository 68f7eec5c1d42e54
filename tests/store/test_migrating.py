"""Migrations: they make what the tables say, on both databases, up and down."""

import multiprocessing
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, inspect, text

import timebank
from timebank.errors import ConfigurationError
from timebank.store.engines import make_engine
from timebank.store.migrating import current, downgrade, folder, is_current, locked, upgrade
from timebank.store.tables import metadata

# Everything the catalogue of PostgreSQL knows about the columns, constraints and indexes.
CATALOGUE = """
SELECT concat_ws(' ', 'column', c.table_name, c.column_name, c.ordinal_position, c.data_type,
                 c.collation_name, c.is_nullable, c.column_default)
  FROM information_schema.columns c WHERE c.table_schema = 'public'
UNION ALL
SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
"""


@pytest.fixture
def bare_engine(bare_database_url: str) -> Iterator[Engine]:
    """Connect to a database without tables."""
    engine = make_engine(bare_database_url)
    yield engine
    engine.dispose()


def test_migrations_and_tables_do_not_drift(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_every_check_collation_and_option(
    engine: Engine, bare_engine: Engine
) -> None:
    # compare_metadata does not look at these.
    metadata.create_all(bare_engine)
    assert described(engine) == described(bare_engine)


def described(engine: Engine) -> set[str]:
    """Describe all tables but Alembic's, as the database itself does."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            rows = connection.execute(text(CATALOGUE)).scalars()
            return {row for row in rows if "alembic_version" not in row}
        statements = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
        ).scalars()
        return {parts for statement in statements if statement for parts in clauses(statement)}


def clauses(statement: str) -> Iterator[str]:
    """Take a CREATE of SQLite apart; the order of constraints does not matter."""
    name, *lines = statement.splitlines()
    for number, line in enumerate(lines):
        is_column = not line.strip().startswith("CONSTRAINT")
        place = str(number) if is_column else ""
        yield f"{name} {place} {line.strip().rstrip(',')}"
    yield name


def test_up_down_and_up_again(bare_database_url: str, bare_engine: Engine) -> None:
    assert current(bare_engine) is None
    assert not is_current(bare_engine)
    upgrade(bare_database_url)
    made = described(bare_engine)
    assert is_current(bare_engine)
    downgrade(bare_database_url, "base")
    assert current(bare_engine) is None
    assert inspect(bare_engine).get_table_names() == ["alembic_version"]
    upgrade(bare_database_url)
    assert described(bare_engine) == made
    assert set(metadata.tables) < set(inspect(bare_engine).get_table_names())


def test_upgrade_of_current_tables_changes_nothing(database_url: str, engine: Engine) -> None:
    before = described(engine)
    upgrade(database_url)
    assert described(engine) == before


def test_failed_migration_leaves_nothing(
    bare_database_url: str, bare_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade_and_fail(config: Config, revision: str) -> None:
        complete(config, revision)
        raise CommandError("planned")

    complete = command.upgrade
    monkeypatch.setattr(command, "upgrade", upgrade_and_fail)
    with pytest.raises(CommandError, match="planned"):
        upgrade(bare_database_url)
    assert inspect(bare_engine).get_table_names() == []


def test_processes_that_start_at_once_migrate_once(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They wait for each other, and the last must not wait too long; what they run is traced above.
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        assert pool.map(upgrade, [bare_database_url] * 6) == [None] * 6
    engine = make_engine(bare_database_url)
    assert is_current(engine)
    engine.dispose()


def test_migration_that_breaks_a_reference_is_taken_back(sqlite_url: str) -> None:
    with pytest.raises(AssertionError, match="accounts"), locked(sqlite_url) as connection:
        connection.exec_driver_sql(
            "INSERT INTO accounts VALUES (1, 'issued', 'boundary', '', '[]', 0, NULL)"
        )
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM accounts").scalar() == 0
    engine.dispose()


def test_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "timebank.db"
    upgrade(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_there_is_one_head_and_every_migration_is_numbered() -> None:
    config = Config()
    config.set_main_option("script_location", str(folder()))
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    revisions = sorted(script.revision for script in scripts.walk_revisions())
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
    for script in scripts.walk_revisions():
        assert re.fullmatch(rf"{script.revision}_[a-z_]+\.py", Path(script.path).name)


def test_installed_migrations_are_found_before_those_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "timebank"
    package.mkdir()
    monkeypatch.setattr(timebank, "__file__", str(package / "__init__.py"))
    with pytest.raises(ConfigurationError, match="migrations"):
        folder()
    for found in (tmp_path / "migrations", package / "migrations"):
        found.mkdir()
        (found / "env.py").touch()
        assert folder() == found
