"""The command line of the operator: ``timebank --help``.

Each noun has its module. Settings come from the environment (``timebank.config``). What goes wrong
is one line on stderr and exit status 1; a command that is written wrongly exits with 2.
"""

from timebank.cli.main import main

__all__ = ["main"]
