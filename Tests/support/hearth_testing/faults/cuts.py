"""Power cuts: the file system is shut down under a running Hearth, as if the plug were pulled, and everything starts anew."""
from __future__ import annotations

import time
from dataclasses import dataclass, field

from hearth_testing.disks import Disk
from hearth_testing.faults.history import Watch
from hearth_testing.faults.subject import STREAMS, Subject


@dataclass
class Cuts:
    subject: Subject
    disk: Disk
    done: int = 0
    starts: list[float] = field(default_factory=list)       # seconds from the start to all cameras recording

    def cut(self, shortest: float = 3, longest: float = 8) -> None:
        subject, hearth = self.subject, self.subject.hearth
        since = subject.until_recording()
        time.sleep(subject.chance.uniform(shortest, longest))
        before = subject.acknowledged()
        cut = self.disk.cut()
        late = subject.lateness.worst()
        hearth.kill_all()
        self.disk.restore()
        hearth.start()
        started = time.monotonic()
        subject.until_recording()
        self.starts.append(time.monotonic() - started)
        kept = subject.judge([Watch(name, stream, since, cut, before.spans.get((name, stream), ()), late)
                            for name in subject.names for stream in STREAMS])
        subject.prove(before, kept, since, cut)
        self.done += 1
