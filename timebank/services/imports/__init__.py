"""Importing members and transfers from CSV files, once, however often it is tried.

The whole file is looked through before anything is written, and nothing is written while any row
of it is bad. Rows are then posted in file order, in batches of a thousand, each with an idempotency
key of its own (``member:<number>``, or the reference of the transfer): a row that was imported
before is left alone, so an import can be repeated, and goes on where it was killed.

Memory does not grow with the file.
"""

from timebank.services.imports.importing import Imported, Reporter
from timebank.services.imports.members import import_members
from timebank.services.imports.tables import BadRow
from timebank.services.imports.transfers import import_transfers

__all__ = ["BadRow", "Imported", "Reporter", "import_members", "import_transfers"]
