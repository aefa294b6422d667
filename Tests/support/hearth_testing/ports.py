"""Ports of one's own, also where several test runs go side by side."""
from __future__ import annotations

import random
import socket

# Below the ports that the kernel gives to outgoing connections (32768 on), above those that programs have by default.
FIRST, LAST = 15_000, 32_000
# One socket with an abstract name for each port: taken by one process at a time, and free again when that has ended.
_held: list[socket.socket] = []


def free_ports(count: int) -> int:
    """The first of `count` consecutive ports on loopback on which nothing listens, and which no other test run will be given
    while this process lives."""
    for _ in range(200):
        first = random.randrange(FIRST, LAST - count)
        if _take(range(first, first + count)):
            return first
    raise RuntimeError("no free ports on loopback")


def _take(ports: range) -> bool:
    taken: list[socket.socket] = []
    try:
        for port in ports:
            taken.append(socket.socket(socket.AF_UNIX))
            taken[-1].bind(f"\0hearth-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
    except OSError:
        for each in taken:
            each.close()
        return False
    _held.extend(taken)
    return True
