"""A file system of its own that can lose its power."""
from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

from household import until

FS_IOC_SHUTDOWN = 0x8004587D        # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2


class Disk:
    """An ext4 file system in a file. `FS_IOC_SHUTDOWN` without flushing the log keeps exactly what was synced: the page
    cache is lost, as are renames and lengths that no fsync covered."""

    def __init__(self, folder: Path, megabytes: int = 1024, *options: str, name: str = "disk"):
        self.image, self.path = folder / f"{name}.img", folder / name
        self.path.mkdir()
        with self.image.open("wb") as image:
            image.truncate(megabytes << 20)
        self._do("mkfs.ext4", "-q", "-F", *options, str(self.image))
        self.mount()

    @staticmethod
    def _do(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True)

    def mount(self) -> None:
        self._do("mount", "-o", "loop", str(self.image), str(self.path))

    def cut(self) -> float:
        """Nothing that isn't on the disk by now gets there. Returns the moment."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            at = time.time()
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)
        return at

    def restore(self) -> None:
        """The power is back: the journal is replayed."""
        self.unmount()
        done = subprocess.run(["e2fsck", "-p", "-f", str(self.image)], capture_output=True, text=True)
        assert done.returncode in (0, 1), f"the file system is damaged: {done.stdout}"
        self.mount()

    def unmount(self) -> None:
        until("nothing in use on the disk", 10, lambda: subprocess.run(
            ["umount", str(self.path)], capture_output=True).returncode == 0)


def why_not() -> str:
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices here"
    return ""
