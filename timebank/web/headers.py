"""Headers by which browsers keep to what a page is for. All answers have them."""

from functools import lru_cache
from typing import Final

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page may load: style and pictures of our own, and no scripts."""

_HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
_BY_NAME: Final = tuple((name.lower(), (name, value)) for name, value in _HEADERS)


def secure(headers: list[tuple[str, str]]) -> None:
    """Add the headers to those of an answer, as far as it has none of its own."""
    headers += _lacking(tuple([name for name, _ in headers]))


# Most answers have headers of the same names.
@lru_cache(maxsize=64)
def _lacking(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The headers that are not among these."""
    own = {name.lower() for name in names}
    return tuple(header for name, header in _BY_NAME if name not in own)
