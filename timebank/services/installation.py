"""The installation: what a service needs of the world around it, as one value."""

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
    """One running timebank: its database, its secrets, its settings, its clock, its journal."""

    engine: Engine
    vault: Vault
    settings: Settings
    clock: Clock
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        """Open the journal over the secrets of the vault."""
        object.__setattr__(self, "journal", Journal(self.vault))


def current_installation() -> Installation:
    """Give the installation that the current Flask application serves."""
    installation = current_app.extensions["timebank"]
    assert isinstance(installation, Installation)
    return installation
