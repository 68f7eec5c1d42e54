"""Named tuples of which every entry has some."""

from typing import Final

new: Final = tuple.__new__
"""Makes a named tuple of all its fields in half of the time that calling it by its name takes."""
