"""A file system of its own that can lose its power."""
from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

from hearth_testing.waiting import until

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

    def mount_on_new_device(self, *options: str) -> None:
        """Not on a loop device that the image may have already, as `mount -o loop` would."""
        device = subprocess.run(["losetup", "-f", "--show", str(self.image)], check=True, capture_output=True, text=True).stdout.strip()
        try:
            self._do("mount", *options, device, str(self.path))
        finally:
            self._do("losetup", "-d", device)           # once the last mount of it is gone

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
        """The power is back: the journal is replayed. On a new device: a file system that was shut down stays so for as long as
        any mount namespace of the machine has it, also one that another program made meanwhile, and the kernel gives that same
        file system to each new mount of its device. Every call on it ends with EIO."""
        self.unmount()
        done = subprocess.run(["e2fsck", "-p", "-f", str(self.image)], capture_output=True, text=True)
        assert done.returncode in (0, 1), f"the file system is damaged: {done.stdout}"
        self.mount_on_new_device()

    def unmount(self) -> None:
        until("nothing in use on the disk", 10, lambda: subprocess.run(
            ["umount", str(self.path)], capture_output=True).returncode == 0)


class Filler:
    """Another program's file, as large as is wished."""

    def __init__(self, disk: Disk):
        self.path, self.disk = disk.path / "filler", disk
        status = os.statvfs(disk.path)
        self.total = status.f_blocks * status.f_frsize / (1 << 20)
        # What DiskReserve makes of a small volume, in MiB.
        self.begins, self.stops = self.total * 0.15, self.total * 0.05
        self.resumes = self.stops * 1.25

    def free(self) -> float:
        status = os.statvfs(self.disk.path)
        return status.f_bavail * status.f_frsize / (1 << 20)

    def leave(self, megabytes: float) -> None:
        """Takes all but so many MiB. Below that it takes what there is, to the last block."""
        size = self.path.stat().st_size if self.path.exists() else 0
        wanted = size + int((self.free() - megabytes) * (1 << 20))
        with self.path.open("ab") as file:
            if wanted > size:
                try:
                    os.posix_fallocate(file.fileno(), 0, wanted)
                except OSError:
                    pass
            else:
                file.truncate(max(0, wanted))

    def take_the_rest(self) -> None:
        with self.path.open("ab", buffering=0) as file:
            for block in (1 << 20, 4096):
                try:
                    while True:
                        file.write(b"f" * block)
                except OSError:
                    pass

    def give_back(self) -> float:
        self.path.unlink()
        return time.monotonic()


def why_not() -> str:
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices here"
    return ""
