"""Vectors of the log format: what must hold, and what must be refused, for every rule.

One JSON file a rule, shared by the Python and the JavaScript. ``codes``, ``encoding`` and
``base64`` are written by hand; the others, which hold hashes, come from the ``generate_*`` beside
them. Bytes are hexadecimal.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def load(name: str) -> Any:  # noqa: ANN401 - what a vector holds differs from file to file
    """Read the vectors called ``name``."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def write_files(documents: dict[str, Any]) -> None:
    """Write documents beside this module, under their names."""
    for name, document in documents.items():
        target = FOLDER / f"{name}.json"
        target.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
