"""System calls that fail: strace makes calls of a running worker or server fail, and every picture must be kept or told of.

Each process is held by an strace of its own for a few seconds. The calls that fail, and when, are drawn by chance; a call may
fail once or again and again.
"""
from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from hearth_testing.faults.history import Span, unaccounted
from hearth_testing.faults.subject import PATIENCE, STREAMS, Acknowledged, Subject
from hearth_testing.processes import is_alive
from hearth_testing.waiting import until

# What may fail, and how. Calls that were told to the kernel and then cut off are not here: that is what kills and cuts are.
WORKER = {
    "pwrite64": ("EIO", "ENOSPC", "EDQUOT", "EFBIG"), "fdatasync": ("EIO", "ENOSPC", "EDQUOT"), "fsync": ("EIO", "ENOSPC"),
    "openat": ("EIO", "ENOSPC", "EMFILE"), "renameat2": ("EIO", "ENOSPC"),
    "renameat": ("EIO", "ENOSPC"), "ftruncate": ("EIO",), "unlinkat": ("EIO",), "fstatfs": ("EIO",), "flock": ("EIO", "ENOLCK"),
    "mkdirat": ("ENOSPC",), "getdents64": ("EIO",), "newfstatat": ("EIO",),
}
SERVER = {
    "pwrite64": ("EIO", "ENOSPC"), "fdatasync": ("EIO",), "fsync": ("EIO",), "openat": ("EIO", "EMFILE"),
    "ftruncate": ("EIO", "ENOSPC"), "unlink": ("EIO",), "unlinkat": ("EIO",), "renameat": ("EIO",), "pread64": ("EIO",),
    "fallocate": ("ENOSPC",), "getdents64": ("EIO",), "flock": ("EIO",),
}
# By how much Hearth's time of a picture may differ from the camera's while its worker is held up at every system call.
TIMES_DIFFER = 1.5
# Of the journal alone: `write` on a pipe or a socket has no such failures.
JOURNAL = {"write": ("EIO", "ENOSPC"), "fdatasync": ("EIO",), "openat": ("EIO", "ENOSPC")}


def why_not() -> str:
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", "/dev/null", "--inject=fsync:error=EIO:when=1000", "true"], capture_output=True, text=True)
    return f"strace cannot trace here: {done.stderr.strip()[:200]}" if done.returncode else ""


@dataclass
class Calls:
    subject: Subject
    failed: Counter = field(default_factory=Counter)
    rounds: int = 0

    @property
    def done(self) -> int:
        return sum(self.failed.values())

    def round(self, seconds: float = 7) -> None:
        """All workers and the server at once, then everything is looked at."""
        subject, hearth, chance = self.subject, self.subject.hearth, self.subject.chance
        since = subject.until_recording()
        before = subject.acknowledged()
        spared = chance.choice(subject.names)
        victims = [(hearth.worker(subject.ids[name]), JOURNAL if name == spared else WORKER, name) for name in subject.names]
        victims.append((hearth.server(), SERVER, None))
        traces = [self._strace(pid, calls, name) for pid, calls, name in victims if pid]
        time.sleep(seconds + chance.uniform(0, 2))
        for process, log in traces:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
            for call in re.findall(r"(\w+)\(.*\(INJECTED\)$", log.read_text(errors="replace"), re.M):
                self.failed[call] += 1
        self.rounds += 1
        until("the processes go on", PATIENCE, lambda: all(
            pid is None or not is_alive(pid) or not traced(pid) for pid, _, _ in victims), every=0.05)
        subject.until_recording()
        # A list that was damaged is made again, and until then the server says that it has none.
        until("the list of footage", PATIENCE, self._is_listed, every=1)
        # A segment that could not be begun is tried again after five seconds, and a keyframe of each stream must have come.
        resumed = time.time()
        until("pictures of all cameras again", PATIENCE, lambda: all(
            any(at > resumed for _, at in subject.on_disk(name)[stream]) for name in subject.names for stream in STREAMS), every=1)
        self._prove(before, since)

    def _is_listed(self) -> bool:
        hearth = self.subject.hearth
        return hearth.ask("GET", "/storage").status == 200 and hearth.get("/rebuild")["state"] != "running"

    def _strace(self, pid: int, calls: dict[str, tuple[str, ...]], name: str | None) -> tuple[subprocess.Popen, Path]:
        hearth, chance = self.subject.hearth, self.subject.chance
        log = hearth.log.parent / f"strace-{self.rounds}-{name or 'server'}.log"
        words = []
        if calls is JOURNAL:
            # The path itself, and the name by which the worker opens it in its folder.
            day = datetime.now(timezone.utc).date().isoformat()
            words = ["-P", str(hearth.data / "cameras" / self.subject.ids[name or ""] / "journal" / f"{day}.jsonl")]
        for call in chance.sample(sorted(calls), min(6, len(calls))):
            first = 1 if calls is JOURNAL else chance.choice([1, 2, 3, 5, 8, 13])
            again = chance.choice(["", f"..{first + chance.randrange(1, 4)}", f"+{chance.randrange(3, 20)}"])
            words.append(f"--inject={call}:error={chance.choice(calls[call])}:when={first}{again}")
        process = subprocess.Popen(["strace", "-f", "-q", "-o", str(log), "-p", str(pid), *words],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return process, log

    def _prove(self, before: Acknowledged, since: float) -> None:
        subject = self.subject
        to = time.time()
        kept = {name: subject.on_disk(name) for name in subject.names}
        for name, streams in kept.items():
            for stream, frames in streams.items():
                told, away, counted = self.told(name, stream, since)
                # A fragment may be under way at the end.
                span, left_out = (since, to - 2), subject.left_out(name, stream)
                if lost := unaccounted(frames, told + away, span, left_out, edge=TIMES_DIFFER):
                    subject.record.problems.append(
                        f"{name} {stream}: {len(lost)} frames are neither kept nor told to be lost ({lost[0]} to {lost[-1]}); "
                        f"told: {told}")
                missing = len(unaccounted(frames, away, span, left_out))
                if missing > counted:
                    subject.record.problems.append(f"{name} {stream}: {missing} frames are missing, and {counted} were told to be lost")
        subject.prove(before, kept, since, to - 2)

    def told(self, name: str, stream: str, since: float) -> tuple[list[Span], list[Span], int]:
        """What the camera's journal says: stretches that were lost on the way to the disk, stretches without the camera, and
        how many frames were lost since a moment."""
        spans: list[Span] = []
        away: list[Span] = []
        offline, counted = None, 0
        for path in sorted(self.subject.hearth.data.glob(f"cameras/{self.subject.ids[name]}/journal/*.jsonl")):
            for line in path.read_text(errors="replace").splitlines():
                try:
                    note = json.loads(line)
                except ValueError:
                    continue                            # torn by a failure
                at = note["t"] / 1000
                if note["kind"] == "dropped" and note.get("stream") == STREAMS[stream]:
                    spans.append((note["from"] / 1000, note["to"] / 1000))
                    counted += note["frames"] * (note["to"] / 1000 > since)
                elif note["kind"] == "state" and note["state"] in ("connecting", "offline"):
                    offline = at if offline is None else offline
                elif note["kind"] == "state" and offline is not None:
                    away.append((offline, at))
                    offline = None
        return spans, away, counted


def traced(pid: int) -> bool:
    try:
        return not re.search(r"^TracerPid:\t0$", Path(f"/proc/{pid}/status").read_text(), re.M)
    except OSError:
        return False
