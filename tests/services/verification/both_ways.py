"""Verifying by one process and by two: both find the same, in the same words and order."""

import os
from pathlib import Path

import pytest

from tests.installations import Community
from timebank.services.installation import Installation
from timebank.services.verification import Report, verify_book, verify_file


def verify(community: Community) -> Report:
    """Verify the book of a community."""
    return verify_both(community.installation, community.slug)


def verify_both(installation: Installation, slug: str) -> Report:
    """Verify a book."""
    report = verify_book(installation, slug, processes=1)
    assert verify_book(installation, slug, processes=2) == report
    return report


def verify_lines(path: Path) -> Report:
    """Verify a file."""
    report = verify_file(path, processes=1)
    assert verify_file(path, processes=2) == report
    return report


def count_forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list that grows with each fork from now on."""
    forks: list[int] = []
    fork = os.fork

    def count() -> int:
        forks.append(0)
        return fork()

    monkeypatch.setattr(os, "fork", count)
    return forks
