"""The page to try the API: it asks nobody but the service itself."""

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient

from tests.api.client import Api

FOREIGN = re.compile(r"(?:https?:)?//(?!www\.w3\.org/)")


class Addresses(HTMLParser):
    """All addresses in a page, and how many scripts and styles stand in the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [given[name] for name in ("src", "href", "action") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def page_of(client: FlaskClient) -> str:
    answer = client.get("/api/v1/docs")
    assert answer.status_code == 200
    return answer.text


def test_page_loads_nothing_from_other_hosts(still_api: Api) -> None:
    client = still_api.app.test_client()
    addresses = Addresses(page_of(client))
    assert addresses.inline == []
    assert len(addresses.found) >= 5
    for address in addresses.found:
        assert address.startswith("/api/v1/")
        assert client.get(address, buffered=True).status_code == 200


def test_policy_allows_nothing_but_our_own_files(still_api: Api) -> None:
    policy = still_api.app.test_client().get("/api/v1/docs").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")


def test_script_asks_nobody_else(still_api: Api) -> None:
    script = still_api.app.test_client().get("/api/v1/docs/static/docs.js", buffered=True)
    assert script.mimetype == "text/javascript"
    assert "validatorUrl: null" in script.text
    assert not FOREIGN.search(script.text.replace("// ", ""))


def test_style_and_description_name_no_other_host(still_api: Api) -> None:
    client = still_api.app.test_client()
    for path in ("swagger-ui.css",):
        answer = client.get(f"/api/v1/docs/{path}")
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", answer.text)
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert "://" not in client.get("/api/v1/openapi.json").text


def test_only_the_files_of_the_page_are_sent(still_api: Api) -> None:
    client = still_api.app.test_client()
    for name in ("swagger-ui.js", "index.html", "..%2f__init__.py", "LICENSE"):
        assert client.get(f"/api/v1/docs/{name}").status_code == 404
