"""What a request says of itself: read as Flask does, without making Flask's request."""

from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from timebank.services.noted import forget_request, method_of, path_of, request_of

LATIN = st.text(st.characters(max_codepoint=255))


@given(LATIN | st.text().map(lambda path: path.encode().decode("latin-1")), LATIN)
def test_path_and_method_are_what_flask_reads(path: str, method: str) -> None:
    environ = EnvironBuilder().get_environ() | {"PATH_INFO": path, "REQUEST_METHOD": method}
    flask = Request(environ)
    assert (path_of(environ), method_of(environ)) == (flask.path, flask.method)


def test_of_a_request_there_is_one_until_it_is_let_go() -> None:
    environ = EnvironBuilder().get_environ()
    forget_request(environ)
    assert "werkzeug.request" not in environ
    request = request_of(environ)
    assert request_of(environ) is request
    forget_request(environ)
    assert request_of(environ) is not request
