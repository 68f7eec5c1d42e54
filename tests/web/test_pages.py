"""The front page: books, figures as people read them, both languages, nothing from afar."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.installations import found_community, open_balance
from timebank.flows.movements import Issue
from timebank.services import books
from timebank.web import pages

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The text of a page by language, its addresses, and whether its tags are balanced."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.addresses: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[tuple[str, bool]] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name == "style" or name.startswith("on")]
        assert tag not in {"script", "style"}
        self.addresses += [value for name in ("href", "src") if (value := given.get(name))]
        if tag in VOID:
            return
        self._open.append((tag, "lang" in given))
        if "lang" in given:
            self.languages.append(given["lang"] or "")

    def handle_endtag(self, tag: str) -> None:
        opened, has_language = self._open.pop()
        assert opened == tag
        if has_language:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self.languages[-1], []).append(" ".join(data.split()))


def read(app: Flask) -> Page:
    answer = app.test_client().get("/")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    return Page(answer.text)


def test_books_are_shown_with_figures_as_people_read_them(app: Flask) -> None:
    community = found_community(app.extensions["timebank"])
    community.enrol("王")
    community.issue("王", 1250)
    open_balance(community, "bank:main", 1_234_567, commodity="CNY", lot="fund:operating")
    page = read(app)
    chinese = page.texts["zh-Hans"]
    assert "翠竹园互助会" in chinese
    assert "localhost/log/demo" in chinese
    assert "13" in chinese
    assert "2026-03-01" in chinese
    start = chinese.index("bank:main")
    assert chinese[start : start + 4] == ["bank:main", "人民币 CNY", "fund:operating", "12345.67"]
    start = chinese.index("members")
    assert chinese[start : start + 3] == ["members", "积分 POINT", "1250"]
    assert "王" not in " ".join(chinese)


def test_accounts_are_called_by_their_names(app: Flask) -> None:
    community = found_community(app.extensions["timebank"])
    leg = community.leg("issued", "groups:chess-club", 5)
    community.post(Issue(legs=(leg,)))
    texts = read(app).texts
    chinese = texts["zh-Hans"]
    assert chinese[chinese.index("groups:chess-club") - 1] == "棋社"
    assert chinese[chinese.index("issued") - 1] == "已发行"
    assert "issued" in texts["en"]


def test_hours_are_shown_with_their_minutes(app: Flask) -> None:
    community = found_community(app.extensions["timebank"])
    community.enrol("王")
    leg = community.leg("issued", "王", 90, commodity="HOUR")
    community.post(Issue(legs=(leg,)))
    assert "1:30" in read(app).texts["zh-Hans"]


def test_all_is_said_in_both_languages(app: Flask) -> None:
    found_community(app.extensions["timebank"])
    texts = read(app).texts
    pairs = {"记账凭证": "Entries", "账本标识": "Origin", "试用接口": "Try the API"}
    for chinese, english in pairs.items():
        assert chinese in texts["zh-Hans"]
        assert english in texts["en"]
    assert set(texts) == {"zh-Hans", "en"}


def test_installation_without_books_says_how_to_open_one(app: Flask) -> None:
    page = read(app)
    assert any("timebank book open" in text for text in page.texts["zh-Hans"])


def test_book_without_balances_and_closed_book_are_shown(app: Flask) -> None:
    books.open_book(
        app.extensions["timebank"], slug="new", title="<b>新</b>", time_zone="Asia/Shanghai"
    )
    page = read(app)
    assert "<b>新</b>" in page.texts["zh-Hans"]
    assert "No balances yet." in page.texts["en"]


def test_further_books_are_in_the_list(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for slug in ("a", "b", "c"):
        books.open_book(app.extensions["timebank"], slug=slug, title=slug, time_zone="UTC")
    monkeypatch.setattr(pages, "BOOKS_MAX", 1)
    assert "2 more books: the whole list" in read(app).texts["en"]


def test_page_loads_nothing_from_other_hosts(app: Flask) -> None:
    found_community(app.extensions["timebank"])
    client = app.test_client()
    page = read(app)
    assert len(page.addresses) == 6
    for address in page.addresses:
        assert address.startswith("/")
        assert not address.startswith("//")
        assert client.get(address, buffered=True).status_code == 200
    style = client.get("/static/pages.css", buffered=True).text
    assert "url(" not in style
    assert "@import" not in style


def test_type_is_large_and_its_contrast_strong(app: Flask) -> None:
    style = app.test_client().get("/static/pages.css", buffered=True).text
    size = re.search(r"body \{[^}]*font-size: ([\d.]+)rem", style)
    assert size
    assert float(size[1]) >= 1.25
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    for name in ("ink", "quiet", "link"):
        assert contrast(colours[name], colours["paper"]) >= 7


@pytest.mark.parametrize("path", ["/", "/static/pages.css", "/nowhere", "/api/v1/books"])
def test_all_answers_keep_browsers_safe(app: Flask, path: str) -> None:
    headers = app.test_client().get(path, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, as WCAG 2.2 defines it."""
    light, dark = sorted(map(luminance, (first, second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
