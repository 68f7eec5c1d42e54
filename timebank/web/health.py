"""Whether the service is alive and ready, and its figures: for those who watch over it."""

import hmac
from ipaddress import ip_address
from typing import Final

from flask import Blueprint, Flask, Response, current_app, request

from timebank.errors import MetricsDeniedError
from timebank.services import metrics
from timebank.services.health import Readiness
from timebank.services.installation import Installation, current_installation

_FORWARDED: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Real-Ip")
"""By what a proxy tells that it asks for somebody else."""

_READINESS: Final = "timebank-readiness"

blueprint = Blueprint("health", __name__)


def register(app: Flask, installation: Installation) -> None:
    """Add these addresses to an application."""
    app.extensions[_READINESS] = Readiness(installation)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def show_health() -> Response:
    """Answer, which is all that shows that the process is alive."""
    return _text("alive\n")


@blueprint.get("/readyz")
def show_readiness() -> Response:
    """Say whether the service can serve. Raises NotReadyError."""
    readiness = current_app.extensions[_READINESS]
    assert isinstance(readiness, Readiness)
    readiness.check()
    return _text("ready\n")


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Write the figures for Prometheus. Raises MetricsDeniedError."""
    settings = current_installation().settings
    _let_in(settings.metrics_token)
    return Response(metrics.exposition(settings.home), content_type=metrics.CONTENT_TYPE)


@blueprint.after_request
def never_keep(response: Response) -> Response:
    """Have nobody keep what is only true now."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _let_in(token: str | None) -> None:
    """Let in who sends the token; where none is set, who asks from this machine for themselves."""
    if token is None:
        allowed = _is_loopback() and not any(name in request.headers for name in _FORWARDED)
    else:
        sent = request.headers.get("Authorization", "")
        allowed = hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    if not allowed:
        raise MetricsDeniedError


def _is_loopback() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")
