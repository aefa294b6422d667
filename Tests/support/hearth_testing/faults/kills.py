"""Kills of every role at random times: nothing but the open fragment may be lost."""
from __future__ import annotations

import time
from dataclasses import dataclass, field

from hearth_testing.faults.history import Frame, Watch, compare, resumed
from hearth_testing.faults.subject import PATIENCE, STREAMS, Acknowledged, Subject
from hearth_testing.processes import kill

KILLS_A_ROUND = 6                       # each of the four workers, the server, and then the supervisor or all of them
KEYFRAME = 2                            # seconds between two of a pretended camera's keyframes
LEAST_STRETCH = 2.5                     # seconds of pictures by which a rhythm can be judged


@dataclass
class Kills:
    """Many kills of one running household."""
    subject: Subject
    done: int = 0
    returns: list[float] = field(default_factory=list)      # seconds without pictures after a kill

    def round(self, longest_pause: float = 1.2) -> None:
        """Six kills, then everything is looked at."""
        subject, hearth, chance = self.subject, self.subject.hearth, self.subject.chance
        since = subject.until_recording()
        watched = {name: since for name in subject.names}
        watches: list[Watch] = []
        # The pictures of a second or two are needed to see a rhythm at all.
        time.sleep(chance.uniform(1.5, 2.5))
        for victim in chance.sample([*subject.names, "server"], len(subject.names) + 1):
            time.sleep(chance.uniform(0, longest_pause))
            if victim == "server":
                if pid := hearth.server():
                    kill(pid)
            elif pid := hearth.worker(subject.ids[victim]):
                kill(pid)
                watches += self._watches(victim, since, time.time())
                watched.pop(victim)
            self.done += 1
        subject.until_recording()
        # Hearth says so when the main stream is recorded; a sub stream waits for its own keyframe.
        time.sleep(KEYFRAME + chance.uniform(0, 2 * longest_pause))
        before = subject.acknowledged()
        struck = time.time()
        if chance.random() < 0.5:
            hearth.kill_supervisor(PATIENCE)
        else:
            hearth.kill_all()
        self.done += 1
        # What was recorded all along; the others' second start is found in what is on the disk.
        for name in watched:
            watches += self._watches(name, since, struck, before)
        hearth.start()
        subject.until_recording()
        kept = subject.judge(watches)
        for watch in watches:
            if watch.struck < struck:
                self._follow(watch, kept[watch.camera][watch.stream], struck)
        subject.prove(before, kept, since, struck)

    def _watches(self, name: str, since: float, struck: float, before: Acknowledged | None = None) -> list[Watch]:
        return [Watch(name, stream, since, struck, before.spans.get((name, stream), ()) if before else (),
                      self.subject.lateness.worst()) for stream in STREAMS]

    def _follow(self, killed: Watch, frames: list[Frame], struck: float) -> None:
        """After a worker's death the stream goes on, and from there to the last kill nothing is missing."""
        back = resumed(frames, killed.struck)
        if back is None or back >= struck:
            self.subject.record.problems.append(f"{killed.camera} {killed.stream} did not come back")
            return
        self.returns.append(back - killed.struck)
        again = Watch(killed.camera, killed.stream, back, struck, (), self.subject.lateness.worst())
        if struck - back > LEAST_STRETCH:
            self.subject.record.add(compare(again, frames, self.subject.left_out(again.camera, again.stream)))
