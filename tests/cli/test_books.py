"""Books, commodities, keys."""

from tests.cli.conftest import Run


def test_books_are_opened_and_listed(run: Run) -> None:
    run("init")
    opened = run("book", "open", "a", "--title", "甲", "--timezone", "Asia/Shanghai").output
    assert opened == "Opened a, origin localhost/log/a.\n"
    origin = ("--origin", "ledger.example.org/log/b")
    run("book", "open", "b", "--title", "乙", "--timezone", "Africa/Nairobi", *origin)
    assert run("book", "list").output == (
        "a\tlocalhost/log/a\tAsia/Shanghai\t甲\nb\tledger.example.org/log/b\tAfrica/Nairobi\t乙\n"
    )


def test_a_book_is_opened_once_and_somewhere(demo: Run) -> None:
    again = ("book", "open", "demo", "--title", "x", "--timezone", "Asia/Shanghai")
    assert demo(*again, status=1).output == "Error: book demo is defined already\n"
    nowhere = ("book", "open", "x", "--title", "x", "--timezone", "Asia/Atlantis")
    assert "must be an IANA time zone" in demo(*nowhere, status=1).output


def test_the_key_of_a_log_is_rotated(demo: Run) -> None:
    output = demo("book", "rotate-key", "--book", "demo").output
    assert output.startswith("Entry 3 publishes the new key localhost/log/demo+")
    assert demo("verify", "--book", "demo").output.startswith("All is well: 4 entries")


def test_a_commodity_is_defined_once(demo: Run) -> None:
    again = ("commodity", "add", "POINT", "--kind", "points", "--book", "demo")
    assert demo(*again, status=1).output == "Error: commodity POINT is defined already\n"
    wrong = ("commodity", "add", "point", "--kind", "points", "--book", "demo")
    assert demo(*wrong, status=1).output.startswith("Error: ")


def test_api_keys_are_issued_listed_and_revoked(demo: Run) -> None:
    issue = ("key", "issue", "--book", "demo", "--scope", "read", "--scope", "post")
    more = (
        "--app",
        "till",
        "--staff",
        "treasurer:1",
        "--title",
        "Kasse",
        "--expires",
        "2099-01-31",
    )
    token = demo(*issue, *more).stdout.strip()
    key_id = token.split("_", 2)[1] if token.count("_") == 2 else token[3:19]
    listed = demo("key", "list", "--book", "demo").output
    assert listed == (
        f"{key_id}\ttill\tread,post\tstaff:treasurer:1\texpires 2099-01-31T00:00:00Z"
        "\tused never\tKasse\n"
    )
    assert demo("key", "revoke", key_id, "--book", "demo").output == f"Revoked {key_id} of till.\n"
    assert "\trevoked 2" in demo("key", "list", "--book", "demo").output


def test_a_key_that_cannot_be_issued(demo: Run) -> None:
    issue = ("key", "issue", "--book", "demo", "--scope", "read")
    assert "expires" in demo(*issue, "--expires", "2001-01-01", status=1).output
    assert "capacities[0]" in demo(*issue, "--staff", "treasurer", status=1).output
    assert "there is no book x" in demo(*issue[:3], "x", "--scope", "read", status=1).output
    demo("key", "issue", "--book", "demo", "--scope", "all", status=2)
