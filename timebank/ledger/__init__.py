"""The pure ledger: model, rules, encoding, proofs and replay.

No clock, no randomness, no I/O: time, ids, salts and keys come in as arguments. It needs nothing
but ``cryptography`` and ``msgspec``, so that an outsider can check a book with it.
"""


def is_compiled() -> bool:
    """Whether this is the compiled core of a wheel, and not the source; both do the same."""
    return not __file__.endswith(".py")
