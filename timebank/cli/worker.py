"""What each worker process of ``timebank serve`` runs."""

import multiprocessing
import os
import signal
import threading

from flask import Flask

from timebank.app import create_app
from timebank.config import Settings


def make_application() -> Flask:
    """Make the WSGI application, in a process that ends when the one that started it does.

    Otherwise it would go on serving, unseen, when its parent was killed.
    """
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    return create_app(Settings.from_env())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "the workers are started by the service"
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)
