"""Make the vectors of the trial balance of the small book.

Like ``hashes``, this imports nothing of timebank. ``python -m
tests.vectors.generate_trial_balances`` writes the file, and a test compares it. An ``invalid``
vector says in ``about`` what is wrong with it.
"""

from tests.vectors import write_files
from tests.vectors.generate_books import small_book
from tests.vectors.hashes import Vector
from tests.vectors.logs import canonical, digest_of, rows_until, trial_lines


def trial_balances() -> Vector:
    log = small_book()
    rows = rows_until(log, "2026-10-31")
    lines = trial_lines(rows)
    valid: list[Vector] = [
        {"rows": shown, "lines": trial_lines(shown), "digest": digest_of(trial_lines(shown))}
        for shown in (rows, rows_until(log, "2026-11-02"), [])
    ]
    wrong = {
        "in reverse order": "".join(reversed(lines.splitlines(keepends=True))),
        "without the line break at the end": lines.rstrip("\n"),
        "with one line break more": lines + "\n",
        "with carriage returns": lines.replace("\n", "\r\n"),
        "with spaces": lines.replace(",", ", "),
        "with an empty lot": trial_lines(rows).replace("0}\n", '0,"lot":""}\n'),
        "with the account last": lines.replace('{"account":"issued",', "{").replace(
            '"debits":0}', '"debits":0,"account":"issued"}'
        ),
        "without a row": lines.split("\n", 1)[1],
        "as a JSON array": canonical(rows),
        "debits and credits exchanged": trial_lines(
            [{**row, "debits": row["credits"], "credits": row["debits"]} for row in rows]
        ),
    }
    return {
        "valid": valid,
        "invalid": [
            {"about": about, "rows": rows, "lines": spoiled, "digest": digest_of(spoiled)}
            for about, spoiled in wrong.items()
        ],
    }


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"trial_balance": trial_balances()}


if __name__ == "__main__":
    write_files(documents())
