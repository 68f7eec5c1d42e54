"""What an auditor finds who knows no rule of the package, only what must be true of any book.

An ``Audit`` reads the entries of a bench with who stands behind them, and adds up everything
itself. ``check`` asserts what must hold of hours and points, of goods and money, and of what was
filed before: of each new entry, and then of the whole book.
"""
