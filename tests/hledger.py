"""Running hledger on exported journals; tests that need it are skipped where it is not installed.

hledger is a plain-text accounting program in its own right (https://hledger.org), so what it says
of the balances of a book is said by somebody else's code.
"""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from timebank.ledger.amounts import format_amount
from timebank.services.balance_sheets import iterate_sheet
from timebank.services.chart import list_commodities
from timebank.services.hledger import export_hledger
from timebank.services.installation import Installation

CONTROLS = {"members", "members:held", "transit", "stalls"}

Balances = dict[tuple[str, str], str]
"""What is there, without zeros, by account and commodity as hledger calls them."""

needs_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None, reason="hledger is not installed (Debian: apt install hledger)"
)

# It reads the file as the locale says.
_ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


def run_hledger(journal: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run hledger on a journal and give what it says, whether it succeeds or not."""
    return subprocess.run(
        ("hledger", "-f", journal, *words),
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=_ENVIRONMENT,
    )


def check_strictly(journal: Path) -> None:
    """Have hledger check a journal: accounts and commodities declared, assertions true."""
    found = run_hledger(journal, "check", "--strict")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def write_journal(installation: Installation, slug: str, folder: Path) -> Path:
    """Export a book into a file."""
    path = folder / f"{slug}.journal"
    path.write_bytes(b"".join(export_hledger(installation, slug)))
    return path


def check_agreement(installation: Installation, slug: str, folder: Path) -> None:
    """Have hledger check a book strictly, and compare all balances, public and private ones.

    Numbers of members must be of letters and digits.
    """
    journal = write_journal(installation, slug, folder)
    check_strictly(journal)
    assert hledger_balances(journal) == service_balances(installation, slug)


def hledger_balances(journal: Path, *words: str) -> Balances:
    """The balances that hledger sums up itself."""
    asked = ("balance", "--flat", "--no-total", "--layout", "bare", "-O", "csv", *words)
    found = run_hledger(journal, *asked)
    assert found.returncode == 0, found.stderr
    header, *rows = csv.reader(found.stdout.splitlines())
    assert header == ["account", "commodity", "balance"]
    return {(account, commodity): balance for account, commodity, balance in rows}


def service_balances(installation: Installation, slug: str) -> Balances:
    """The balances that the service has."""
    scales = {one.code: one.scale for one in list_commodities(installation, slug)}
    found = {}
    for row in iterate_sheet(installation, slug):
        if row.balance and (row.member or row.account not in CONTROLS):
            account = f"{row.account}:{row.member}" if row.member else row.account
            unit = f"{row.commodity} {row.lot}" if row.lot else row.commodity
            # Minutes stay minutes, as hledger reads no hours.
            found[account, unit] = format_amount(row.balance, scales[row.commodity], "points")
    return found
