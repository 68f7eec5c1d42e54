"""The command ``timebank`` itself, and how its errors are told."""

import sys
from io import TextIOWrapper
from typing import Any

import click

from timebank.cli.backup import backup
from timebank.cli.balances import balances
from timebank.cli.book import book
from timebank.cli.commodity import commodity
from timebank.cli.demo import demo
from timebank.cli.export import export
from timebank.cli.holds import holds
from timebank.cli.home import FAILURES, example, reason_of
from timebank.cli.imports import import_
from timebank.cli.init import init
from timebank.cli.key import key
from timebank.cli.policy import policy
from timebank.cli.rebuild import rebuild
from timebank.cli.report import report
from timebank.cli.restore import restore
from timebank.cli.serve import serve
from timebank.cli.statement import statement
from timebank.cli.verify import verify
from timebank.ledger import is_compiled

VERSION = f"%(prog)s, version %(version)s{', compiled' if is_compiled() else ''}"
"""What ``timebank --version`` says: also that the core is compiled, where it is."""


class _Commands(click.Group):
    """A group of commands that tells the service's refusals in one line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as click has it
        """Run the command line; what the locale cannot write is escaped, as on stderr."""
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  as click has it
        """Run a command; what speaks against it becomes a message and exit status 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # Whoever read our output has seen enough; click ends quietly.
        except FAILURES as error:
            raise click.ClickException(reason_of(error)) from error


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example(
        "timebank init",
        "timebank book open cuizhuyuan --title 翠竹园互助会 --timezone Asia/Shanghai",
        "timebank serve",
    ),
)
@click.version_option(package_name="timebank", message=VERSION)
def main() -> None:
    """Keep the books of time banks and community currencies.

    Settings come from the environment: TIMEBANK_HOME (folder of database and keys, default
    instance/), DATABASE_URL (default SQLite in it), TIMEBANK_ORIGIN (host part of new books'
    origins, default localhost).
    """


for command in (
    init,
    serve,
    demo,
    book,
    commodity,
    policy,
    key,
    import_,
    balances,
    statement,
    report,
    export,
    verify,
    rebuild,
    holds,
    backup,
    restore,
):
    main.add_command(command)
