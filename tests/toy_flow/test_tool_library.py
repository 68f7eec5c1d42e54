"""A flow that timebank does not have: adding it touches its own module and the two registries.

The package is copied, and the copy given a module of flows, its kinds and its lines in the registry
of flows. A whole installation then runs from the copy: the real server, the API, verify, rebuild.
"""

import difflib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, call, environment, free_port
from tests.shared import ROOT
from timebank.config import Settings
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book
from timebank.store.engines import make_engine
from timebank.store.installation_key import read_installation_key
from timebank.store.vault import Vault

HERE = Path(__file__).parent
BOOK = "/api/v1/books/tools"
MODULE = "timebank/flows/tool_library.py"
FLOWS = "timebank/flows/registry.py"
KINDS = "timebank/ledger/kinds.json"
LINE = "    tool_library,\n"


@dataclass
class Library:
    """A book of tools, served by the package with the flow."""

    server: Server
    token: str
    keys: int = 0

    def get(self, path: str) -> Any:  # noqa: ANN401 - decoded JSON
        answer = call(self.server.port, "GET", path, headers=self._headers())
        assert answer.status == 200, answer.body
        return answer.body

    def post(self, path: str, body: object, *, status: int = 201) -> Any:  # noqa: ANN401 - decoded JSON
        self.keys += 1
        answer = call(self.server.port, "POST", BOOK + path, body, headers=self._headers())
        assert answer.status == status, answer.body
        return answer.body

    def lend(self, member: str, tool: str, **more: object) -> dict[str, object]:
        """The body of a loan for 3 points."""
        where = {"place": "stock:tools", "commodity": "DRILL", "tool": tool, "until": "2030-01-01"}
        fee = {"club": "groups:repairs", "fee": 3, "fee_commodity": "POINT"}
        return {"kind": "tool.lent", "member": member, **where, **fee, **more}

    def balances(self) -> dict[tuple[str, str], int]:
        """What each public account has that has anything."""
        rows = self.get(f"{BOOK}/balances")["balances"]
        return {
            (row["account"], row.get("lot", "")): row["balance"] for row in rows if row["balance"]
        }

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"key-{self.keys}"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its migrations, with the flow."""
    copy = tmp_path_factory.mktemp("package")
    for name in ("timebank", "migrations"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "tool_library.py", copy / MODULE)
    kinds = json.loads((copy / KINDS).read_text())
    kinds["kinds"] += json.loads((HERE / "kinds.json").read_text())
    (copy / KINDS).write_text(json.dumps(kinds))
    registry = (copy / FLOWS).read_text()
    for before in ("from timebank.flows import (\n", "_OF_ENTRIES = (\n"):
        assert before in registry
        registry = registry.replace(before, before + LINE)
    (copy / FLOWS).write_text(registry)
    return copy


@pytest.fixture
def library(package: Path, tmp_path: Path) -> Iterator[Library]:
    """A book with two drills, a club, 王 with 10 points and 李 with none."""
    known = environment(tmp_path, f"sqlite:///{tmp_path}/timebank.db")
    server = Server(free_port(), {**known, "PYTHONPATH": str(package)})
    done = run(
        server,
        "init",
        "book open tools --title 工具图书馆 --timezone Asia/Shanghai",
        "key issue --book tools --staff treasurer:1 --scope read --scope post --scope define"
        " --scope members",
    )
    try:
        server.start()
        yield Library(server, done.splitlines()[-1])
    finally:
        server.stop()


def run(server: Server, *commands: str) -> str:
    """Run commands of the copied package, in one process since it takes long to start."""
    code = """
import shlex, sys
import timebank
from timebank.cli import main
assert timebank.__file__.startswith(sys.argv[1])
for command in sys.argv[2:]:
    main(shlex.split(command), standalone_mode=False)
"""
    package = server.environment["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-c", code, package, *commands],
        env=server.environment,
        cwd=package,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def found(library: Library) -> dict[str, str]:
    """Define what the library needs; give the ids of its members."""
    for commodity, kind in (("POINT", "points"), ("DRILL", "goods")):
        library.post("/commodities", {"commodity": commodity, "kind": kind, "scale": 0})
    for account in ("stock:tools", "stock:tools:reserved", "groups:repairs"):
        library.post("/accounts", {"account": account})
    legs: list[dict[str, object]] = []
    for drill in ("drill-1", "drill-2"):
        library.post("/lots", {"commodity": "DRILL", "lot": drill, "source": "donated"})
        end = {"from": "world:opening", "to": "stock:tools", "amount": 1}
        legs.append({**end, "commodity": "DRILL", "lot": drill})
    opening = {"kind": "balance.opened", "legs": legs, "list": "A" * 43 + "="}
    library.post("/entries", opening)
    ids = {
        name: library.post("/members", {"number": number, "name": name})["member"]
        for name, number in (("王", "1"), ("李", "2"))
    }
    points = {"from": "issued", "to": f"members#{ids['王']}", "amount": 10, "commodity": "POINT"}
    library.post("/entries", {"kind": "issue", "legs": [points]})
    return ids


def test_a_flow_is_a_module_its_kinds_and_its_lines_in_the_registry(package: Path) -> None:
    """What else a book does with it follows from these."""
    changed = {
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if not (ROOT / path.relative_to(package)).is_file()
        or (ROOT / path.relative_to(package)).read_bytes() != path.read_bytes()
    }
    lines, more = ((tree / FLOWS).read_text().splitlines(keepends=True) for tree in (ROOT, package))
    kinds = [json.loads((tree / KINDS).read_text()) for tree in (ROOT, package)]

    assert changed == {MODULE, FLOWS, KINDS}
    added = [line for line in difflib.ndiff(lines, more) if not line.startswith("  ")]
    assert added == [f"+ {LINE}"] * 2
    assert kinds[1] == {**kinds[0], "kinds": kinds[1]["kinds"]}
    assert kinds[1]["kinds"][:-2] == kinds[0]["kinds"]


def test_tools_are_lent_and_returned_by_a_whole_installation(library: Library) -> None:
    ids = found(library)
    described = library.get("/api/v1/openapi.json")["components"]["schemas"]
    assert {"LendTool", "ReturnTool", "LendToolItem"} <= described.keys()
    loan = library.post("/entries", library.lend(ids["王"], "drill-1"))
    assert loan["entry"]["public"] == {"until": "2030-01-01"}

    refused = library.post("/entries", library.lend(ids["王"], "drill-1"), status=422)
    assert refused["code"] == "insufficient_balance"
    returned = {"kind": "tool.returned", "lent": loan["seq"]}
    bodies: list[tuple[dict[str, object], str]] = [
        (library.lend(ids["李"], "drill-2"), "insufficient_balance"),
        (library.lend(ids["王"], "drill-2"), ""),
        (library.lend(ids["王"], "drill-3"), "lot_invalid"),
        (library.lend(ids["王"], "drill-2", until="soon"), "malformed"),
        ({**returned, "lent": 1}, "continuation_invalid"),
        (returned, ""),
        (returned, "over_remaining"),
        (library.lend(ids["王"], "drill-1", fee=4), ""),
        (library.lend(ids["王"], "drill-1"), "insufficient_balance"),
    ]
    items = [{**body, "idempotency_key": f"item-{index}"} for index, (body, _) in enumerate(bodies)]
    results = library.post("/entries/batch", {"items": items}, status=200)["results"]
    codes = [result.get("problem", {}).get("code", "") for result in results]
    assert codes == [code for _, code in bodies]
    assert library.balances() == {
        ("groups:repairs", ""): 10,
        ("issued", ""): -10,
        ("stock:tools:reserved", "drill-1"): 1,
        ("stock:tools:reserved", "drill-2"): 1,
        ("world:opening", "drill-1"): -1,
        ("world:opening", "drill-2"): -1,
    }

    second = results[1]["seq"]
    again = library.post("/entries", {"kind": "tool.returned", "lent": second})["seq"]
    problem = library.post(f"/entries/{second}/reversal", {}, status=409)
    assert problem["code"] == "stale_state"
    for seq in (again, second):
        library.post(f"/entries/{seq}/reversal", {})
    assert library.balances()["groups:repairs", ""] == 7
    assert library.balances()["stock:tools", "drill-2"] == 1

    library.server.stop()
    verify = "verify --book tools"
    before, _, after = run(library.server, verify, "rebuild --book tools", verify).splitlines()
    assert before.startswith("All is well: ")
    assert after == before
    assert verdict_of_others(library.server) is Verdict.CANNOT_CHECK


def verdict_of_others(server: Server) -> Verdict:
    """What the package without the flow says of the book."""
    settings = Settings(
        Path(server.environment["TIMEBANK_HOME"]), server.environment["DATABASE_URL"]
    )
    engine = make_engine(settings.database_url)
    vault = Vault(read_installation_key(settings.home))
    with closing(Installation(engine, vault, settings, Clock())) as installation:
        return verify_book(installation, "tools").verdict
