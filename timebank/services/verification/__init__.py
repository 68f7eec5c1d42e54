"""Verifying: holding a log against its rules, and all that is kept beside it against the log.

``verify_book`` checks a book in the database, ``verify_file`` the lines that ``export`` wrote.
Neither writes anything, and the memory of both stays flat as entries grow.
"""

from timebank.services.verification.book import verify_book
from timebank.services.verification.file import verify_file
from timebank.services.verification.report import Finding, Progress, Report, Verdict

__all__ = ["Finding", "Progress", "Report", "Verdict", "verify_book", "verify_file"]
