"""What each worker process of ``timebank serve`` runs."""

import os
import signal
import threading
import time
from typing import Final

from flask import Flask

from timebank.app import create_app
from timebank.config import Settings

WATCH_SECONDS: Final = 0.5


def make_application() -> Flask:
    """Make the WSGI application, in a process that ends when the one that started it does.

    Otherwise it would go on serving, unseen, when its parent was killed.
    """
    watch = threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True)
    watch.start()
    return create_app(Settings.from_env())


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
