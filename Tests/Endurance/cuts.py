"""Power cuts: the file system is shut down under a running Hearth, as if the plug were pulled, and everything starts anew."""
from __future__ import annotations

import time
from dataclasses import dataclass, field

from bench import STREAMS, Bench
from disks import Disk
from history import Watch


@dataclass
class Cuts:
    bench: Bench
    disk: Disk
    done: int = 0
    starts: list[float] = field(default_factory=list)       # seconds from the start to all cameras recording

    def cut(self, shortest: float = 3, longest: float = 8) -> None:
        bench, hearth = self.bench, self.bench.hearth
        since = bench.until_recording()
        time.sleep(bench.chance.uniform(shortest, longest))
        before = bench.acknowledged()
        cut = self.disk.cut()
        late = bench.lateness.worst()
        hearth.kill_all()
        self.disk.restore()
        hearth.start()
        started = time.monotonic()
        bench.until_recording()
        self.starts.append(time.monotonic() - started)
        kept = bench.judge([Watch(name, stream, since, cut, before.spans.get((name, stream), ()), late)
                            for name in bench.names for stream in STREAMS])
        bench.prove(before, kept, since, cut)
        self.done += 1
