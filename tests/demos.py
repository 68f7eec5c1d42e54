"""Small demo installations for tests: the whole year of the community, ready in no time.

It is posted once a process and kind of database, and what tests get is a copy. It stands on the
last day of the demo; tests may post to it as they like.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.databases import Databases
from tests.installations import installed
from timebank.demo.community import Demo
from timebank.demo.size import SMALL
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Entry
from timebank.services.demo import SLUG, open_demo_book
from timebank.services.export import export_entries
from timebank.services.installation import Installation

DEMO: Final = Demo(SMALL)
ROOT: Final = "0b92bf352d0d385215f504352fbaf1f17f43f72b49e96582003fde80ebd1de88"
"""The root hash of its log: the same on every machine, whichever way it was posted.

It changes with the simulation, with what entries say, and with the names that Faker knows.
"""


@contextmanager
def demo_installed(databases: Databases, home: Path) -> Iterator[Installation]:
    """An installation with the small demo in its book ``demo``, and nothing else."""
    with databases.like(fill_demo) as url, installed(url, home) as installation:
        yield installation


def fill_demo(url: str) -> None:
    """Open the small demo in a migrated database."""
    with TemporaryDirectory() as home, installed(url, Path(home)) as installation:
        open_demo_book(installation, DEMO)


def entries_of(installation: Installation, slug: str = SLUG) -> list[Entry]:
    """All entries."""
    return [decode_entry(line.rstrip(b"\n")) for line in export_entries(installation, slug)]
