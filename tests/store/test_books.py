"""The directory of books and their heads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine

from timebank.errors import AlreadyDefinedError, UnknownBookError
from timebank.ledger.hashing import EMPTY_ROOT
from timebank.store import books
from timebank.store.books import Book, Head
from timebank.store.database import reading, writing
from timebank.store.engines import make_engine


def insert_book(connection: Connection, slug: str, origin: str = "") -> Book:
    return books.insert_book(
        connection,
        slug=slug,
        origin=origin or f"example.org/log/{slug}",
        title="翠竹园",
        time_zone="Asia/Shanghai",
    )


def test_book_is_found_by_each_of_its_names(engine: Engine) -> None:
    with writing(engine) as connection:
        book = insert_book(connection, "cuizhuyuan")
        insert_book(connection, "other")
    with reading(engine) as connection:
        assert books.find_book(connection, "cuizhuyuan") == book
        assert books.find_book_by_origin(connection, "example.org/log/cuizhuyuan") == book
    assert book == Book(1, "cuizhuyuan", "example.org/log/cuizhuyuan", "翠竹园", "Asia/Shanghai")


def test_unknown_book_is_named(engine: Engine) -> None:
    with reading(engine) as connection:
        with pytest.raises(UnknownBookError, match="nowhere"):
            books.find_book(connection, "nowhere")
        with pytest.raises(UnknownBookError, match=r"example\.org/log/nowhere"):
            books.find_book_by_origin(connection, "example.org/log/nowhere")


def test_books_are_listed_as_they_were_opened(engine: Engine) -> None:
    with writing(engine) as connection:
        assert not books.has_books(connection)
        opened = [insert_book(connection, slug) for slug in ("b", "a", "c")]
    with reading(engine) as connection:
        assert books.list_books(connection) == opened
        assert books.has_books(connection)


def test_slug_and_origin_are_used_once(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_book(connection, "a")
        with pytest.raises(AlreadyDefinedError, match="book a is defined already"):
            insert_book(connection, "a", "example.org/log/b")
        with pytest.raises(AlreadyDefinedError, match=r"book example\.org/log/a is"):
            insert_book(connection, "b", "example.org/log/a")


def test_new_book_has_an_empty_log(engine: Engine) -> None:
    with writing(engine) as connection:
        book = insert_book(connection, "a")
        head = books.lock_head(connection, book.book_id)
    assert head == Head(
        size=0, last_leaf=EMPTY_ROOT, edge=b"", posted="", closed_until="", defined=0
    )
    with reading(engine) as connection:
        assert books.read_head(connection, book.book_id) == head


def test_books_opened_at_once_get_numbers_of_their_own(engine: Engine) -> None:
    def open_book(number: int) -> Book:
        with writing(engine) as connection:
            return insert_book(connection, f"book-{number}")

    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(open_book, range(16)))
    assert sorted(book.book_id for book in opened) == list(range(1, 17))


def test_locked_book_does_not_keep_others_waiting(postgresql_url: str) -> None:
    engine = make_engine(postgresql_url)
    with writing(engine) as connection:
        one, other = insert_book(connection, "a"), insert_book(connection, "b")
    with writing(engine) as first, writing(engine) as second:
        books.lock_head(first, one.book_id)
        books.lock_head(second, other.book_id)
    engine.dispose()
