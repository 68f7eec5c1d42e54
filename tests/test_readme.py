"""The README's tour, run as a newcomer would: each block of commands says what the README shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import served

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```sh\n(?P<commands>.*?)```\n```\w+\n(?P<shown>.*?)```", re.DOTALL)
MARK = "=== block ==="


def blocks() -> list[tuple[str, str]]:
    """The commands of the tour, and what the README shows below each."""
    text = (ROOT / "README.md").read_text()
    return [(match["commands"], match["shown"]) for match in BLOCK.finditer(text)]


def pattern_of(shown: str) -> str:
    """What is shown, with … for anything."""
    return ".*?".join(re.escape(part) for part in shown.strip().split("…"))


def test_the_tour_goes_as_the_readme_says(sqlite_url: str, tmp_path: Path) -> None:
    with served(tmp_path, sqlite_url, demo="small") as server:
        script = f"echo; echo '{MARK}'\n".join(commands for commands, _ in blocks())
        script = script.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        script = script.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=server.environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(f"\n{MARK}\n")
    assert len(printed) == len(blocks())
    for (commands, shown), output in zip(blocks(), printed, strict=True):
        assert re.fullmatch(pattern_of(shown), output.strip(), re.DOTALL), (commands, output)


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_of_a_document_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
        assert (ROOT / link).exists(), link
