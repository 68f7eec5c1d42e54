"""Backups: everything an installation has in its database, in two files, and back from them.

One file has the books, the other the keys of their holders, wrapped by the installation key. They
are to be kept apart and for different times: the books for as long as one likes, the keys for
some weeks. Whoever was forgotten is gone from the keys of every later backup, and once the earlier
ones of the keys are deleted, no backup of the books says anything about them any more. The
books of any day can be restored with the keys of the same or of a later one.

The installation key is in neither file: without it no private data can be read again.
"""

from timebank.services.backups.making import Backup, back_up
from timebank.services.backups.restoring import Restored, check_backup, check_restored, restore

__all__ = ["Backup", "Restored", "back_up", "check_backup", "check_restored", "restore"]
