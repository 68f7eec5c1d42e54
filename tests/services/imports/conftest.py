"""Files to import, and somebody who listens to what is said of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from timebank.services.imports import BadRow, Reporter

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the lines of a file to import."""

    def write_lines(*lines: str) -> Path:
        path = tmp_path / "import.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write_lines


@dataclass
class Told:
    """What a reporter was told."""

    rows: list[BadRow] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    @property
    def reporter(self) -> Reporter:
        """A reporter that remembers."""
        return Reporter(
            bad=self.rows.append, progress=lambda done, total: self.progress.append((done, total))
        )

    @property
    def text(self) -> str:
        """All bad rows, one a line."""
        return "\n".join(f"{row.line}: {row.reason}" for row in self.rows)


@pytest.fixture
def told() -> Told:
    """A reporter that remembers what it was told."""
    return Told()
