"""Progress bars, for people only: none where stderr is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

# Else it starts a thread which looks after bars that are told of too seldom, and a process with
# two threads cannot be forked (services/verification/second.py).
tqdm.monitor_interval = 0


@contextmanager
def progress_bar(unit: str, *, scale: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show how much is done, and of how much, as told to the function given.

    ``scale`` writes thousands as k and so on.
    """
    shown = sys.stderr.isatty()
    with tqdm(unit=unit, unit_scale=scale, disable=not shown, leave=False) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield tell
