"""``timebank init``: all that an installation needs before it can serve."""

import click

from timebank.cli.home import example
from timebank.config import Settings
from timebank.services.clock import Clock
from timebank.services.forgetting import apply_list
from timebank.services.health import check_key
from timebank.services.installation import Installation
from timebank.store.books import has_books
from timebank.store.database import reading
from timebank.store.engines import make_engine, parse_url
from timebank.store.files import make_private_folder
from timebank.store.installation_key import FILE_NAME, ensure_installation_key
from timebank.store.migrating import upgrade
from timebank.store.vault import Vault


@click.command(epilog=example("TIMEBANK_HOME=/srv/timebank timebank init"))
def init() -> None:
    """Make the home folder, the installation key and the database.

    What is there stays as it is, and the tables of an older version are brought to this one, so
    it can be run at any time. After a backup was restored, whoever had been forgotten is forgotten
    again.
    """
    settings = Settings.from_env()
    prepare(settings)
    shown = parse_url(settings.database_url).render_as_string(hide_password=True)
    click.echo(f"Database: {shown}")
    if settings.installation_key:
        click.echo("Installation key: TIMEBANK_INSTALLATION_KEY")
    else:
        click.echo(f"Installation key: {settings.home / FILE_NAME}")
    click.echo("Keep the key apart from backups of the database, and never lose it.")


def prepare(settings: Settings) -> None:
    """Make what is missing. Raises ConfigurationError."""
    make_private_folder(settings.home)
    upgrade(settings.database_url)
    engine = make_engine(settings.database_url)

    def engine_has_books() -> bool:
        with reading(engine) as connection:
            return has_books(connection)

    try:
        key = settings.installation_key or ensure_installation_key(
            settings.home, has_books=engine_has_books
        )
        installation = Installation(engine, Vault(key), settings, Clock())
        check_key(installation)
        apply_list(installation)
    finally:
        engine.dispose()
