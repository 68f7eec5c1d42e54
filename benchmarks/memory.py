"""Memory: the most that import, export and verify take, each in a process of its own."""

import csv
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.books import databases, installed, open_bench
from tests.servers import TIMEBANK, environment
from timebank.services.clock import Clock

MEMBERS = 100


def show(sizes: Sequence[int]) -> None:
    """Print what each takes for a book of each size, in MiB."""
    click.echo("\n| entries | import, MiB | export, MiB | verify, MiB | verify of the file, MiB |")
    click.echo("|---|---|---|---|---|")
    for size in sizes:
        click.echo(f"| {size:,} | {' | '.join(f'{peak:.0f}' for peak in _peaks(size))} |")


def _peaks(size: int) -> list[float]:
    with (
        TemporaryDirectory(prefix="timebank-bench-") as name,
        databases("sqlite") as source,
        source.fresh() as url,
        installed(url) as installation,
    ):
        bench = open_bench(installation, members=MEMBERS)
        table, log = Path(name) / "transfers.csv", Path(name) / "log"
        _write_transfers(table, size)
        variables = environment(installation.settings.home, url)
        book = ("--book", bench.slug)
        return [
            _peak(variables, "import", "transfers", str(table), *book),
            _peak(variables, "export", *book, output=log),
            _peak(variables, "verify", *book),
            _peak(variables, "verify", str(log)),
        ]


def _write_transfers(path: Path, count: int) -> None:
    day = Clock().today("UTC")
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["reference", "date", "payer", "payee", "amount", "unit"])
        for number in range(count):
            payer, payee = number % MEMBERS, (number + 1) % MEMBERS
            rows.writerow([f"r{number}", day, f"{payer:05}", f"{payee:05}", 1, "POINT"])


def _peak(variables: dict[str, str], *order: str, output: Path | None = None) -> float:
    """MiB that a command of timebank took at most."""
    with (output or Path(os.devnull)).open("wb") as file:
        process = subprocess.Popen(
            [str(TIMEBANK), *order], env=variables, stdout=file, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, order
    process.returncode = 0
    return usage.ru_maxrss / 1024
