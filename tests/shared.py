"""Where published vectors and data lie that the project does not carry.

They are optional: a test which wants them is skipped where they are not. To parametrise a test by
them, use ``shared_lines``; pytest skips a test whose parameters are none.
"""

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# A relative folder counts from the root of the repository.
SHARED = (ROOT / os.environ.get("TIMEBANK_SHARED", "../shared")).resolve()


def shared_lines(name: str) -> list[dict[str, Any]]:
    """Read ``name``, a file with one JSON object a line, or nothing where there is none."""
    path = SHARED / name
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
