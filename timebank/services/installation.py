"""The installation: what a service needs of the world around it, as one value."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from flask import current_app
from sqlalchemy import Engine

from timebank.config import Settings
from timebank.services.clock import Clock
from timebank.services.intake import Intake
from timebank.services.news import News
from timebank.services.turns import Turns
from timebank.services.writer import Writer
from timebank.store.journal import Journal
from timebank.store.lines import Lines
from timebank.store.vault import RandomBytes, Vault

__all__ = ["Clock", "Installation", "current_installation"]

POSTGRESQL_SLOTS: Final = 4
"""How many books one process writes to at once on PostgreSQL; SQLite has one lock for all."""


@dataclass(frozen=True, slots=True)
class Randomness:
    """What nobody must be able to guess: keys and member ids, and the salts of entries.

    From the machine's own source, but in the demo community (:mod:`timebank.services.demo`).
    """

    keys: RandomBytes = os.urandom
    salts: RandomBytes = os.urandom


@dataclass(frozen=True, slots=True)
class Installation:
    """One running timebank: its database, secrets, settings, clock, journal, queues and news.

    What works in the background on its behalf leaves word in ``on_close`` how it is ended.
    """

    engine: Engine
    vault: Vault
    settings: Settings
    clock: Clock
    randomness: Randomness = field(default_factory=Randomness)
    turns: Turns = field(init=False, default_factory=Turns)
    lines: Lines = field(init=False)
    journal: Journal = field(init=False)
    writer: Writer = field(init=False)
    intake: Intake = field(init=False, default_factory=Intake)
    news: News = field(init=False)
    on_close: ExitStack = field(init=False, default_factory=ExitStack, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open the journal over the secrets of the vault, with the queues and lines it needs."""
        slots = 1 if self.engine.dialect.name == "sqlite" else POSTGRESQL_SLOTS
        writer = Writer(slots=slots, waiting_max=self.settings.waiting_max, turns=self.turns)
        lines = Lines(self.engine, self.settings.pool_size, aside=self.turns.aside)
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "journal", Journal(self.vault, random_bytes=self.randomness.salts))
        object.__setattr__(self, "writer", writer)
        object.__setattr__(self, "news", News(self.engine, self.settings.long_polls_max))
        self.on_close.callback(writer.close)
        self.on_close.callback(self.news.stop)

    def close(self) -> None:
        """Finish what is done in the background, then part from the database."""
        self.on_close.close()
        self.engine.dispose()


def current_installation() -> Installation:
    """Give the installation that the current Flask application serves."""
    installation = current_app.extensions["timebank"]
    assert isinstance(installation, Installation)
    return installation
