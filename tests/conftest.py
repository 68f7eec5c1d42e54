"""Fixtures for all tests: databases of both kinds, and the published vectors where they are.

A test which asks for ``database_url`` runs twice, on SQLite and on PostgreSQL, each time on a
fresh migrated database. One which needs many (a Hypothesis state machine, where one fixture serves
all examples) asks for ``databases`` and opens ``with databases.fresh() as url`` as often as it
likes. The server starts with the first test which needs it and stops with the session; under
xdist each worker has its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import Databases, Migrate, PostgresDatabases, SqliteDatabases
from tests.postgres import PostgresServer, postgres_server
from tests.shared import SHARED

# Examples share two cores with other workers and wait for real disks: no example has a deadline.
settings.register_profile(
    "timebank", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("timebank")

LONG = ("test_kills.py", "test_sarafu.py", "test_demo.py", "test_flat_memory.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that at the end no worker waits long for another."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def migrate() -> Migrate:
    """The one way tables are made."""
    # Here, because tests of the pure core must run without the store.
    from timebank.store.migrating import upgrade  # noqa: PLC0415

    return upgrade


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server with nothing in it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: PostgresServer, migrate: Migrate) -> Databases:
    """Databases on PostgreSQL."""
    return PostgresDatabases(postgresql_server, migrate)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory, migrate: Migrate) -> Databases:
    """Databases on SQLite."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"), migrate)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Databases of either kind; the test runs on both."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A fresh migrated database; the test runs on both kinds."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def bare_database_url(databases: Databases) -> Iterator[str]:
    """A database without tables; the test runs on both kinds."""
    with databases.bare() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_databases: Databases) -> Iterator[str]:
    """A fresh migrated database on SQLite, for what does not depend on the kind."""
    with sqlite_databases.fresh() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_databases: Databases) -> Iterator[str]:
    """A fresh migrated database on PostgreSQL, for what only it does."""
    with postgresql_databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published vectors and data; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no folder of published vectors and data (TIMEBANK_SHARED)")
    return SHARED
