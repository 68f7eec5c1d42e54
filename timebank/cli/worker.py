"""What each worker process of ``timebank serve`` runs."""

import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from multiprocessing.util import Finalize
from typing import Final

from flask import Flask

from timebank.app import create_app
from timebank.config import Settings
from timebank.services import logs
from timebank.services.installation import Installation

COLLECT_OBJECTS: Final = 50_000
"""How many objects are to be made, and not to go, until Python looks for cycles among them."""

_ENDING: Final = {signal.SIGTERM, signal.SIGINT}
_REMINDERS: Final = 8
_REMINDER_SECONDS: Final = 0.25


def make_application() -> Flask:
    """Make the WSGI application, in a process that ends when the one that started it does.

    Otherwise it would go on serving, unseen, when its parent was killed. Asked to end, the server
    finishes the requests under way; those that wait for new entries are answered at once, and when
    all are, the installation is closed.
    """
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    app = create_app(settings)
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    _heed_signals(installation)
    _collect_seldom()
    # At exit would be too late: threads can no longer be started then, nor joined.
    Finalize(None, installation.close, exitpriority=1)
    return app


def _collect_seldom() -> None:
    """Have Python look for cycles seldom, and not in what lives as long as the process.

    A batch makes so many objects, all of which go with it, that each had everything looked
    through again, for nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_OBJECTS)


def _heed_signals(installation: Installation) -> None:
    """Have a thread learn of signals, whatever handles them; the server does, after this.

    Python handles them in its main thread, which may be about to sleep when one comes, and then
    sleeps on as if none had come. So another signal wakes it, which itself means nothing: the
    server must not be told to end more than twice.
    """
    reader, writer = socket.socketpair()
    writer.settimeout(0)  # A handler of signals must not block.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGUSR2, lambda _number, _frame: None)
    main = threading.main_thread().ident
    assert main is not None, "it runs"

    def watch() -> None:
        """Wait for a signal to end, and pass it on."""
        while reader.recv(1)[0] not in _ENDING:
            pass
        installation.news.stop()
        for _ in range(_REMINDERS):
            time.sleep(_REMINDER_SECONDS)
            signal.pthread_kill(main, signal.SIGUSR2)

    threading.Thread(target=watch, name="signals", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "the workers are started by the service"
    parent.join()
    os.kill(os.getpid(), signal.SIGKILL)
