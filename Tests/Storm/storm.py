#!/usr/bin/python3
"""The storm: simulated cameras drop and return, people with different grants come and go, programs are killed; and
every picture, fragment and line that anybody was sent is looked at: is it of a camera that they may see?

    storm.py [--cameras 8] [--people 16] [--minutes 3] [--seed N] [--keep]

Ends with 1 at the first wrong picture, and says what, who and which seed. `make storm STORM="..."` starts it with PYTHONPATH.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from hearth_testing.farm import STORM, Farm
from hearth_testing.household import Hearth
from hearth_testing.paths import CACHE
from hearth_testing.storm.loops import ZONE, stored
from hearth_testing.storm.people import RIGHTS, CameraFacts, Guest, take_part
from hearth_testing.storm.proxy import Line, Guest as SecondViewer
from hearth_testing.storm.reader import Wrong, check_decoded
from hearth_testing.waiting import until

PASSWORD = "a password for the storm"
WARM_UP = 14                                # seconds of footage before anybody looks
UPHEAVAL_EVERY = 13


@dataclass
class Storm:
    options: argparse.Namespace
    folder: Path
    random: random.Random
    counts: Counter = field(default_factory=Counter)
    wrong: str | None = None
    alarms: set = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    # ------------------------------------------------------------ setting up
    def start_cameras(self) -> None:
        count = self.options.cameras
        self.paths = stored(CACHE, count)
        # The last one is private, and Hearth has another password for it: no picture may ever come from there.
        self.farm = Farm(self.folder, "--cameras", str(count), "--private", str(count), cameras=count, program=STORM)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.ports = asyncio.run_coroutine_threadsafe(self._lines(), self.loop).result(10)

    async def _lines(self) -> dict[int, int]:
        """Where Hearth finds each camera. Of every four one is slow, one lies, and one has a second viewer."""
        ports, self.tasks = {}, []
        for number in range(1, self.options.cameras + 1):
            own = self.farm.port + number
            ports[number] = own
            if number == self.options.cameras:
                continue
            if number % 4 == 2:
                line = Line(own, self.options.seed + number, slow=True)
            elif number % 4 == 3:
                viewer = SecondViewer(own - 2, f"cam{number - 2}")
                self.tasks.append(asyncio.ensure_future(viewer.watch()))
                line = Line(own, self.options.seed + number, lies_with=viewer)
            else:
                continue
            await line.open()
            ports[number] = line.port
        return ports

    def start_hearth(self) -> None:
        self.hearth = Hearth(self.folder)
        self.hearth.do("person", "add", "Olga Owner", "--password-stdin", "--owner", text=PASSWORD + "\n")
        secret = self.folder / "wrong-password"
        secret.write_text("not the camera's\n")
        secret.chmod(0o600)
        cameras = []
        for number, port in self.ports.items():
            address = f"rtsp://127.0.0.1:{port}/cam{number}"
            camera = {"name": self.name(number), "source": address, "detect": address + "/sub", "pre_roll": "1s", "post_roll": "1s",
                      "motion": {"zones": [{"name": "below the code", "polygon": ZONE}]}}
            if number == self.options.cameras:
                camera |= {"user": "demo", "password_file": str(secret)}
            cameras.append(camera)
        house = self.folder / "house.yaml"
        house.write_text(json.dumps({"cameras": cameras}))          # JSON is YAML
        self.hearth.start("--house", str(house))
        self.hearth.token = self.hearth.do("token", "create", "--person", "Olga Owner", "--label", "storm")
        self.working = [self.name(number) for number in self.ports if number != self.options.cameras]
        until("the cameras", 120, lambda: self.hearth.are_recording(self.working) and self.hearth.have_both_streams_of(self.working))
        self.began = time.time()
        found = self.hearth.cameras()
        self.facts = [CameraFacts(found[self.name(number)]["id"], self.name(number), number if number < self.options.cameras else 0)
                      for number in self.ports]

    @staticmethod
    def name(number: int) -> str:
        return f"Storm camera {number:03} of the house"

    def invite(self) -> list[Guest]:
        """The first may see all; the others one camera, some or most; every third is given and taken a right again and
        again. Half come with a token, half sign in and out."""
        guests = []
        for number in range(self.options.people):
            name, is_owner = f"Person {number:03}", number == 0
            share = self.random.choice([0, 0.3, 0.5, 0.8])
            chosen = [self.facts[number % len(self.facts)].id] + [
                camera.id for camera in self.facts if self.random.random() < share]
            rights = self.random.choice([["live"], ["playback"], list(RIGHTS), list(RIGHTS), list(RIGHTS)])
            grants = {} if is_owner else {camera: rights for camera in chosen}
            changes = not is_owner and number % 3 == 1
            if changes:
                grants = {camera: list(RIGHTS) for camera in chosen}
            body = {"name": name, "password": PASSWORD, "owner": is_owner,
                    "grants": [{"camera": camera, "rights": rights} for camera, rights in grants.items()]}
            answer = self.hearth.ask("POST", "/people", body=body)
            assert answer.status == 201, answer.body
            token = None
            if number % 2:
                token = self.hearth.ask("POST", "/tokens", body={"person": name, "label": "storm"}).json["token"]
            guests.append(Guest(name, PASSWORD, self.options.seed * 1000 + number, grants, token, is_owner, changes))
        return guests

    # ------------------------------------------------------------ upheaval
    def rage(self, seconds: float) -> None:
        """Something goes wrong every few seconds, in an order that the seed decides."""
        began, deeds = time.monotonic(), []
        while not self.stopped.wait(UPHEAVAL_EVERY * self.random.uniform(0.7, 1.2)):
            if time.monotonic() - began > seconds - 8:
                return
            deeds = deeds or self.random.sample([self.kill_worker, self.outage, self.kill_server, self.outage_and_kill], 4)
            deed = deeds.pop()
            self.counts[f"upheaval: {deed.__name__.replace('_', ' ')}"] += 1
            try:
                deed()
            except (OSError, AssertionError) as error:
                self.wrong = self.wrong or f"the storm itself failed: {deed.__name__}: {error}"
                self.stopped.set()

    def kill_worker(self) -> None:
        camera = self.random.choice(self.facts[:-1])
        if pid := self.hearth.worker(camera.id):
            os.kill(pid, signal.SIGKILL)

    def kill_server(self) -> None:
        if pid := self.hearth.server():
            os.kill(pid, signal.SIGKILL)

    def outage(self) -> None:
        """All cameras drop in the same moment, and return in the same moment."""
        seconds = self.random.choice([2, 4, 6])
        self.farm.fault("outage", secs=seconds)

    def outage_and_kill(self) -> None:
        self.outage()
        time.sleep(self.random.uniform(0.5, 2.5))
        self.kill_server()

    def watch_alarms(self) -> None:
        """The server forgets its alarms when it dies, so they are asked for all the time."""
        while not self.stopped.wait(1):
            try:
                answer = self.hearth.ask("GET", "/alarms")
                self.alarms |= {(alarm["at"], alarm["what"]) for alarm in answer.json["alarms"]}
            except (OSError, ValueError, KeyError):
                continue

    # ------------------------------------------------------------ decoding
    def decode(self, jobs: "multiprocessing.Queue") -> None:
        """Decodes what the people handed over, for as long as there is something."""
        batch = []
        while True:
            try:
                batch.append(jobs.get(timeout=1))
                while len(batch) < 50 and not self.stopped.wait(0.02):
                    batch.append(jobs.get_nowait())
            except Empty:
                pass
            if not batch and self.stopped.is_set():
                return
            try:
                self.counts["decoded"] += check_decoded(batch)
                self.counts.update(f"decoded {job.kind}" for job in batch)
            except Wrong as wrong:
                self.wrong = self.wrong or str(wrong)
                return self.stopped.set()
            batch = []

    # ------------------------------------------------------------ the run
    def run(self) -> None:
        seconds = self.options.minutes * 60
        context = multiprocessing.get_context("spawn")
        jobs, results = context.Queue(), context.Queue()
        time.sleep(max(0, self.began + WARM_UP - time.time()))
        guests = self.invite()
        house = {"port": self.hearth.port, "cameras": self.facts, "owner": self.hearth.token, "began": self.began}
        paths = {key: str(path) for key, path in self.paths.items()}
        share = max(2, min(os.cpu_count() or 2, 4))
        processes = [context.Process(target=take_part, args=(house, paths, guests[index::share], seconds, jobs, results))
                     for index in range(share)]
        threads = [threading.Thread(target=each, daemon=True) for each in
                   (lambda: self.rage(seconds), self.watch_alarms, lambda: self.decode(jobs))]
        for each in [*processes, *threads]:
            each.start()
        self._collect(processes, results, seconds)
        deadline = time.monotonic() + 60
        while not self.wrong and not jobs.empty() and time.monotonic() < deadline:
            time.sleep(0.2)
        self.stopped.set()
        threads[-1].join(30)

    def _collect(self, processes: list, results: "multiprocessing.Queue", seconds: float) -> None:
        waiting, deadline = len(processes), time.monotonic() + seconds + 120
        while waiting and not self.wrong and time.monotonic() < deadline:
            try:
                wrong, counts = results.get(timeout=0.5)
            except Empty:
                if any(process.exitcode for process in processes):
                    self.wrong = "a process of people ended by itself; its words are above"
                continue
            waiting -= 1
            self.wrong = self.wrong or wrong
            self.counts.update(counts)
        if waiting and not self.wrong:
            self.wrong = "people were still busy long after the end"
        for process in processes:
            # They hand over what is to be decoded before they end; cutting that off would leave the queue unreadable.
            process.join(0 if self.wrong else 60)
            process.terminate()

    def settle(self) -> None:
        """What must hold when it is over."""
        if self.wrong:
            return
        checked = self.hearth.run("check", "--data", str(self.hearth.data))
        refused = self.hearth.get("/cameras")["cameras"]
        states = {camera["name"]: camera["state"] for camera in refused}
        if self.alarms:
            self.wrong = f"Hearth raised alarms: {sorted(self.alarms)[:3]}"
        elif checked.code:
            self.wrong = f"hearth check found something: {checked.out[-500:]} {checked.err[-500:]}"
        elif states[self.name(self.options.cameras)] not in ("wrongPassword", "connecting", "offline"):
            self.wrong = f"the camera with the wrong password is {states[self.name(self.options.cameras)]}"
        elif missing := [what for what in ("pictures", "filmstrip pictures", "videos", "live messages", "sign-ins", "grants changed", "decoded")
                         if not self.counts[what]]:
            self.wrong = f"nothing was seen of: {', '.join(missing)}"

    def report(self, seconds: float) -> None:
        count = self.counts
        print(f"\nstorm: {self.options.cameras} cameras, {self.options.people} people, {self.options.minutes:g} min, "
              f"seed {self.options.seed} ({seconds:.0f} s in all)")
        for what in sorted(count):
            if what.startswith(("upheaval", "status")):
                print(f"  {what:34}{count[what]:10}")
        for what in ("server away", "sign-ins", "grants changed", "cut", "pictures", "filmstrip pictures", "videos", "live views", "live messages",
                     "feed messages", "frames", "decoded jpeg", "decoded mp4", "decoded"):
            print(f"  {what:34}{count[what]:10}")
        print(f"{count['responses']} responses and {count['live messages'] + count['feed messages']} live messages were checked, "
              f"{count['frames']} frames compared byte for byte, {count['decoded']} pictures decoded; wrong: {1 if self.wrong else 0}")

    def stop(self) -> None:
        self.stopped.set()
        if hasattr(self, "loop"):
            self.loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(self.loop)])
        if hasattr(self, "hearth") and self.hearth.process:
            self.hearth.stop()
        if hasattr(self, "farm"):
            self.farm.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=8, help="simulated cameras, the one with the wrong password included")
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000, help="the same seed makes the same plan")
    parser.add_argument("--keep", action="store_true", help="leave the household's folder for a look")
    return parser.parse_args()


def main() -> int:
    options, began = arguments(), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="hearth-storm-"))
    storm = Storm(options, folder, random.Random(options.seed))
    print(f"storm: seed {options.seed}; starting {options.cameras} cameras", flush=True)
    try:
        storm.start_cameras()
        storm.start_hearth()
        storm.run()
        storm.settle()
    finally:
        storm.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    storm.report(time.monotonic() - began)
    if storm.wrong:
        print(f"WRONG (seed {options.seed}): {storm.wrong}" + (f"\nthe household lies in {folder}" if options.keep else ""))
    return 1 if storm.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
