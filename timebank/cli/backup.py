"""``timebank backup``: everything in the database, while the service goes on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from timebank.cli.home import counted, example, opened
from timebank.cli.progress import progress_bar
from timebank.services.backups import back_up
from timebank.store.backup_file import Part

SUFFIXES: Final[dict[Part, str]] = {"books": ".backup", "keys": ".keys"}
_MIB: Final = 1024 * 1024


@click.command(
    epilog=example(
        "timebank backup /var/backups/timebank --keys /var/backups/timebank-keys",
        "timebank backup before-upgrade.backup",
    )
)
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    "keys_destination",
    type=click.Path(path_type=Path),
    help="Where the keys go; by default beside the books. Better a folder of their own.",
)
def backup(destination: Path, keys_destination: Path | None) -> None:
    """Back up all books into DESTINATION, a new file or a folder, as of one moment.

    Nobody has to wait meanwhile. In a folder the files are named by the time in UTC. The wrapped
    keys of members are a file of their own, which is to be deleted after some weeks: then nobody
    who was forgotten can be read from any backup. The installation key is in neither; keep it
    apart. timebank restore brings a backup back, also into the other kind of database.
    """
    paths = paths_of(destination, keys_destination)
    with opened() as installation, progress_bar(" rows", scale=True) as progress:
        made = back_up(installation, paths, progress)
    books = counted(made.books, "book")
    click.echo(f"Backed up {books} with {made.entries:,} entries, {made.rows:,} rows.")
    for part, path in paths.items():
        size = f"{made.sizes_bytes[part] / _MIB:.1f} MiB"
        click.echo(f"{part}: {path} ({size}, SHA-256 {made.sums[part].hex()})")


def paths_of(destination: Path, keys_destination: Path | None) -> dict[Part, Path]:
    """Where both parts go. A folder gets files named by the time."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    keys = None if keys_destination is None else _path_of(keys_destination, "keys", moment)
    return parts_of(_path_of(destination, "books", moment), keys)


def parts_of(books: Path, keys: Path | None) -> dict[Part, Path]:
    """Both parts of a backup; the keys lie beside the books if nobody says anything else."""
    beside = books.with_name(books.name.removesuffix(SUFFIXES["books"]) + SUFFIXES["keys"])
    return {"books": books, "keys": keys or beside}


def _path_of(destination: Path, part: Part, moment: str) -> Path:
    if destination.is_dir():
        return destination / f"timebank-{moment}{SUFFIXES[part]}"
    return destination
