"""Verifying by one process and by two: both find the same, in the same words and order."""

from pathlib import Path

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
