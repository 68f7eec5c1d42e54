"""What Alembic runs around the migrations, for the application and for ``flask db``.

The application (``timebank.store.migrating``) hands over a connection that holds the lock; the
command line has none, so it gets one here, from the database of the current application.
"""

from collections.abc import Iterable

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from timebank.store.database import db
from timebank.store.migrating import locked
from timebank.store.tables import metadata


def number_revision(
    _context: MigrationContext,
    _revision: str | Iterable[str | None] | Iterable[str],
    directives: list[MigrationScript],
) -> None:
    """Name a new migration by its number, 0002 after 0001; drop one that would change nothing."""
    (script,) = directives
    wanted = getattr(context.config.cmd_opts, "autogenerate", False)
    if wanted and script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        directives.clear()
    head = ScriptDirectory.from_config(context.config).get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04}"


def run(connection: Connection) -> None:
    """Run what was asked for in the transaction of this connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=True,
        process_revision_directives=number_revision,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    message = "migrations look at the database they change, so there is no offline mode"
    raise CommandError(message)

given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with locked(db.engine.url) as connection:
        run(connection)
