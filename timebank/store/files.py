"""Files that must survive a power cut and be read by their owner only."""

import os
import tempfile
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, unless it is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def create_file(path: Path, data: bytes) -> None:
    """Write a new file, which appears with all its bytes on the disk or not at all.

    Only its owner may read it. Raises :class:`FileExistsError`, and leaves the file, when it is
    there already.
    """
    make_private_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(path).hardlink_to(temporary)
    finally:
        Path(temporary).unlink()
    sync_folder(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in place of the one there may be; a reader sees the old one or the new one.

    Only its owner may read it. A power cut may bring back the old one.
    """
    make_private_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; a new file is not safe before."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
