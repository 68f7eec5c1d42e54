"""The installation: what a service needs of the world around it, as one value."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import Engine

from timebank.config import Settings
from timebank.services.clock import Clock
from timebank.store.journal import Journal
from timebank.store.vault import Vault

__all__ = ["Clock", "Installation", "current_installation"]


@dataclass(frozen=True, slots=True)
class Installation:
    """One running timebank: its database, its secrets, its settings, its clock, its journal.

    What works in the background on its behalf leaves word in ``on_close`` how it is ended.
    """

    engine: Engine
    vault: Vault
    settings: Settings
    clock: Clock
    journal: Journal = field(init=False)
    on_close: ExitStack = field(init=False, default_factory=ExitStack, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open the journal over the secrets of the vault."""
        object.__setattr__(self, "journal", Journal(self.vault))

    def close(self) -> None:
        """Finish what is done in the background, then part from the database."""
        self.on_close.close()
        self.engine.dispose()


def current_installation() -> Installation:
    """Give the installation that the current Flask application serves."""
    installation = current_app.extensions["timebank"]
    assert isinstance(installation, Installation)
    return installation
