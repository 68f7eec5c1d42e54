"""Origins of demos: whoever sees one in a log knows that it is none to rely on."""

from typing import Final

HOST: Final = "demo.invalid"
"""Ends the host of every demo's origin; no real host can have this name (RFC 2606)."""


def is_demo(origin: str) -> bool:
    """Whether a book's origin says that its keys are known to everybody."""
    host = origin.partition("/")[0].partition(":")[0]
    return host == HOST or host.endswith(f".{HOST}")
