"""Communities that many tests begin with, founded once a process and kind of database.

What tests get is a copy, as if it had just been founded; they may post to it as they like.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.databases import Databases
from tests.installations import Community, SetClock, found_community, installed
from timebank.services.installation import Installation


class Founding:
    """How a community comes to be. It is a ``Fill``, so databases can be had like what it made."""

    def __init__(self, found: Callable[[Installation], Community]) -> None:
        """Take what is done in an installation without books."""
        self._found = found
        self._founded: dict[str, Community] = {}
        self._homes: dict[str, dict[str, bytes]] = {}

    def __call__(self, url: str) -> None:
        """Found it in a migrated database."""
        with TemporaryDirectory() as home, installed(url, Path(home)) as installation:
            kind = installation.engine.dialect.name
            self._founded[kind] = self._found(installation)
            self._homes[kind] = {path.name: path.read_bytes() for path in Path(home).iterdir()}

    def community(self, installation: Installation) -> Community:
        """The community in a copy of the database; members, clock and home are as it left them."""
        kind = installation.engine.dialect.name
        founded = self._founded[kind]
        for name, content in self._homes[kind].items():
            path = installation.settings.home / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        assert isinstance(installation.clock, SetClock)
        installation.clock.follow(founded.clock)
        ids = dict(founded.ids)
        return replace(founded, installation=installation, ids=ids, numbers=count(len(ids) + 1))


def found_pair(installation: Installation) -> Community:
    """A book with two members, 王 and 李, of whom 王 has 100 points."""
    founded = found_community(installation)
    founded.enrol("王", "李")
    founded.issue("王", 100)
    return founded


PAIR = Founding(found_pair)


@contextmanager
def like(founding: Founding, databases: Databases, home: Path) -> Iterator[Community]:
    """A community over a copy of its database, which goes with the block."""
    with databases.like(founding) as url, installed(url, home) as installation:
        yield founding.community(installation)
