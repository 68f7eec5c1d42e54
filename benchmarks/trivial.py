"""The trivial service that posts are compared with: takes JSON, gives JSON, and keeps nothing.

``python -m benchmarks.trivial PORT`` serves it under the same server as ``timebank serve`` does.
"""

import sys

from flask import Flask, Response, jsonify, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def make_application() -> Flask:
    """Make the application, whose one address counts the fields of an object."""
    app = Flask("trivial")

    @app.post("/count")
    def count() -> Response:
        return jsonify({"fields": len(request.get_json())})

    return app


def main() -> None:
    """Serve on the port that the command line names, until the process is ended."""
    Granian(
        "benchmarks.trivial:make_application",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=128,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
