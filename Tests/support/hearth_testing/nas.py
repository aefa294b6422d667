"""A pretended network drive: a folder that is mounted again by FUSE, served by this program. Stopped by SIGSTOP it answers
nothing, as a NAS does that was switched off. Like NFS it knows no RENAME_NOREPLACE.

    nas.py FOLDER MOUNTPOINT        (root); ends when it is unmounted
"""
from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path
from typing import Callable

HEAD, ATTRIBUTES = struct.Struct("<IIQQIIIHH"), struct.Struct("<QQQQQQIIIIIIIIII")
MOST = 128 << 10                # bytes of one write
NEVER = {2, 42}                 # FORGET and BATCH_FORGET want no answer


class Drive:
    """Answers the kernel's requests (<linux/fuse.h>, version 7.31) one by one."""

    def __init__(self, folder: str, point: str):
        self.paths, self.numbers = {1: folder}, {folder: 1}
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other,max_read={MOST}"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"nas", point.encode(), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        self.answers: dict[int, Callable[[int, bytes], bytes]] = {
            1: self.lookup, 3: self.attributes, 4: self.change, 9: self.make_folder, 10: self.unlink, 11: self.remove_folder,
            12: self.rename, 13: self.link, 14: self.open, 15: self.read, 16: self.write, 17: self.space, 18: self.release,
            20: self.sync, 25: self.nothing, 26: self.begin, 27: self.open, 28: self.list, 29: self.release, 30: self.sync,
            34: self.nothing, 35: self.create, 38: self.nothing, 45: self.rename_with_flags,
        }

    def serve(self) -> None:
        while True:
            try:
                request = os.read(self.device, MOST + 4096)
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno == errno.ENOENT:         # given up by who asked
                    continue
                return                                  # unmounted
            _, kind, unique, node, *_ = HEAD.unpack_from(request)
            if kind in NEVER:
                continue
            code, body = 0, b""
            try:
                body = self.answers[kind](node, request[HEAD.size:])
            except KeyError:
                code = -errno.ENOSYS
            except OSError as error:
                code = -(error.errno or errno.EIO)
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(body), code, unique) + body)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    return

    # -- names
    def path(self, node: int, name: bytes = b"") -> str:
        return os.path.join(self.paths[node], name.rstrip(b"\0").decode()) if name else self.paths[node]

    def entry(self, path: str) -> bytes:
        status = os.lstat(path)
        if path not in self.numbers:
            self.numbers[path] = max(self.paths) + 1
            self.paths[self.numbers[path]] = path
        # Nothing is remembered by the kernel: each look comes here.
        return struct.pack("<QQQQII", self.numbers[path], 0, 0, 0, 0, 0) + self.pack(status)

    @staticmethod
    def pack(status: os.stat_result) -> bytes:
        times = [status.st_atime_ns, status.st_mtime_ns, status.st_ctime_ns]
        return ATTRIBUTES.pack(
            status.st_ino, status.st_size, status.st_blocks, *[time // 10**9 for time in times],
            *[time % 10**9 for time in times], status.st_mode, status.st_nlink, status.st_uid, status.st_gid, 0, 4096, 0)

    def lookup(self, node: int, body: bytes) -> bytes:
        return self.entry(self.path(node, body))

    def attributes(self, node: int, body: bytes) -> bytes:
        return struct.pack("<QII", 0, 0, 0) + self.pack(os.lstat(self.path(node)))

    def change(self, node: int, body: bytes) -> bytes:
        valid, _, _, size, *_ = struct.unpack_from("<IIQQ", body)
        mode, = struct.unpack_from("<I", body, 68)
        if valid & 1:
            os.chmod(self.path(node), mode & 0o7777)
        if valid & 8:
            os.truncate(self.path(node), size)
        return self.attributes(node, body)

    def make_folder(self, node: int, body: bytes) -> bytes:
        path = self.path(node, body[8:])
        os.mkdir(path, struct.unpack_from("<I", body)[0] & 0o777)
        return self.entry(path)

    def unlink(self, node: int, body: bytes) -> bytes:
        os.unlink(self.path(node, body))
        return b""

    def remove_folder(self, node: int, body: bytes) -> bytes:
        os.rmdir(self.path(node, body))
        return b""

    def rename(self, node: int, body: bytes) -> bytes:
        return self.move(node, struct.unpack_from("<Q", body)[0], body[8:])

    def rename_with_flags(self, node: int, body: bytes) -> bytes:
        target, flags = struct.unpack_from("<QI", body)
        if flags:
            raise OSError(errno.EINVAL, "no flags here")
        return self.move(node, target, body[16:])

    def move(self, node: int, target: int, names: bytes) -> bytes:
        old, new = names.split(b"\0")[:2]
        before, after = self.path(node, old), self.path(target, new)
        os.rename(before, after)
        if after in self.numbers:
            self.paths[self.numbers.pop(after)] = "/nowhere"
        if before in self.numbers:
            self.numbers[after] = self.numbers.pop(before)
            self.paths[self.numbers[after]] = after
        return b""

    def link(self, node: int, body: bytes) -> bytes:
        path = self.path(node, body[8:])
        os.link(self.path(struct.unpack_from("<Q", body)[0]), path)
        return self.entry(path)

    # -- files
    def open(self, node: int, body: bytes) -> bytes:
        flags = struct.unpack_from("<I", body)[0] & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND)
        return struct.pack("<QII", os.open(self.path(node), flags), 0, 0)

    def create(self, node: int, body: bytes) -> bytes:
        flags, mode = struct.unpack_from("<II", body)
        path = self.path(node, body[16:])
        handle = os.open(path, flags & ~os.O_APPEND | os.O_CREAT, mode & 0o777)
        return self.entry(path) + struct.pack("<QII", handle, 0, 0)

    def read(self, node: int, body: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", body)
        return os.pread(handle, size, offset)

    def write(self, node: int, body: bytes) -> bytes:
        handle, offset, size = struct.unpack_from("<QQI", body)
        return struct.pack("<II", os.pwrite(handle, body[40:40 + size], offset), 0)

    def sync(self, node: int, body: bytes) -> bytes:
        os.fsync(struct.unpack_from("<Q", body)[0])
        return b""

    def release(self, node: int, body: bytes) -> bytes:
        os.close(struct.unpack_from("<Q", body)[0])
        return b""

    def list(self, node: int, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        names, found = sorted(os.listdir(self.path(node))), b""
        for index, name in enumerate(names[offset:], offset):
            text = name.encode()
            entry = struct.pack("<QQII", 1, index + 1, len(text), 0) + text
            entry += b"\0" * (-len(entry) % 8)
            if len(found) + len(entry) > size:
                break
            found += entry
        return found

    def space(self, node: int, body: bytes) -> bytes:
        status = os.statvfs(self.path(node))
        return struct.pack("<QQQQQIIII", status.f_blocks, status.f_bfree, status.f_bavail, status.f_files, status.f_ffree,
                           status.f_bsize, 255, status.f_frsize, 0) + b"\0" * 24

    def begin(self, node: int, body: bytes) -> bytes:
        return struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 16, 12, MOST, 1, 32, 0, 0) + b"\0" * 28

    def nothing(self, node: int, body: bytes) -> bytes:
        return b""


if __name__ == "__main__":
    Drive(str(Path(sys.argv[1]).resolve()), sys.argv[2]).serve()
