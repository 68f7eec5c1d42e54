"""Exporting a book as a plain-text journal that hledger reads (https://hledger.org)."""

from timebank.services.hledger.journal import export_hledger

__all__ = ["export_hledger"]
