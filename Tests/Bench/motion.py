#!/usr/bin/python3
"""How well motion is found, and what finding it costs.

    motion.py [--seeds 20] [--kind NAME ...] [--truth FOOTAGE.json] [--sensitivity 50] [--check]

Scores the detector on made-up scenes (each kind with and without people who walk through, a new place, time and strength for
each seed; then an hour of nothing), and on the clips of a footage.json, where one is given: the format is in
`hearth motion score --help`. Then the detector alone, from plane to decision, on 640x360, beside the same work in plain C
(Tests/Bench/kernel.c) and beside OpenCV's MOG2, where python3-opencv is installed.

Promised: every walk found and nothing else reported, half of the walks said within 0.6 s at 10 frames a second, at most 1.3 times
the time of C. With --check the exit code says whether that was reached.
"""
from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from hearth_testing.paths import HEARTH, ROOT

BINARIES = HEARTH.parent
KINDS = ("nothing", "night", "infrared", "headlights", "clouds", "dappled", "rain", "snow", "trees", "shake", "lamp", "insects",
         "water")
ROUNDS = 7
DELAY_LIMIT, C_LIMIT = 0.6, 1.3


def lines(*arguments: str) -> list[dict]:
    done = subprocess.run([str(BINARIES / "motion-bench"), *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def scenes(seeds: int, sensitivity: int, kinds: list[str | None]) -> bool:
    """A table of all kinds; whether what is promised of them holds."""
    print(f"made-up scenes: {seeds} of each kind without people, {seeds} with two who walk through; sensitivity {sensitivity}")
    print(f"{'':20} walks found   false reports    false  overlap   delay, s")
    print(f"{'':20}               alone / beside    time            median")
    found = walks = false = 0
    delays: list[float] = []
    asked = ["--seeds", str(seeds), "--sensitivity", str(sensitivity)]
    for kind in kinds:
        row = lines("scenes", *(["--kind", kind] if kind else ["--hour"]), *asked)[0]
        delay = number(statistics.median(row["delays"]) if row["delays"] else None)
        print(f"{row['kind']:20} {row['found']:5}/{row['walks']:<5}  {row['falseAlone']:6} / {row['falseWithWalks']:<6}"
              f"  {percent(row.get('falseTime')):>6} {number(row.get('overlap')):>8} {delay:>10}", flush=True)
        found, walks = found + row["found"], walks + row["walks"]
        false += row["falseAlone"] + row["falseWithWalks"]
        delays += row["delays"]
    median = statistics.median(delays)
    print(f"{'all':20} {found:5}/{walks:<5}  {false:6} in all {'':17}{median:10.2f}")
    return found == walks and not false and median <= DELAY_LIMIT


def clips(truth: str, sensitivity: int) -> None:
    print(f"\nclips of {truth}", flush=True)
    subprocess.run([str(BINARIES / "hearth"), "motion", "score", "--truth", truth, "--sensitivity", str(sensitivity)], check=True)


def mog2(planes: Path, width: int, height: int, frames: int) -> dict | None:
    """Milliseconds of processor time for a frame, on one thread, as it is mostly used: blurred first."""
    try:
        import cv2
        import numpy
    except ImportError:
        return None
    import time
    cv2.setNumThreads(1)
    every = numpy.fromfile(planes, numpy.uint8).reshape(2, frames, height, width)
    took = {}
    for name, pictures in zip(("quiet", "walk"), every):
        best = float("inf")
        for _ in range(2):
            subtractor = cv2.createBackgroundSubtractorMOG2()
            began = time.thread_time()
            for picture in pictures:
                mask = subtractor.apply(cv2.GaussianBlur(picture, (5, 5), 0))
                cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            best = min(best, (time.thread_time() - began) * 1000 / frames)
        took[name] = best
    return took


def kernel() -> bool:
    """A table of the costs; whether the limit holds."""
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        planes = Path(folder) / "planes"
        ours = lines("kernel", "--rounds", str(ROUNDS), "--planes", str(planes))[0]
        width, height, frames = ours["width"], ours["height"], ours["frames"]
        print(f"\nthe detector alone, {width}x{height}: milliseconds of processor time for a frame, least of {ROUNDS} rounds")
        print(f"{'':28} quiet    walk\n{'hearth':26} {ours['quiet']:7.3f} {ours['walk']:7.3f}")
        compiler = shutil.which("clang") or shutil.which("cc")
        is_kept = True
        for level in ("-O2", "-O3") if compiler else ():
            program = Path(folder) / f"kernel{level}"
            subprocess.run([compiler, "-std=c11", "-D_GNU_SOURCE", level, "-o", str(program),
                            str(ROOT / "Tests/Bench/kernel.c"), "-lm"], check=True)
            done = subprocess.run([str(program), str(planes), str(width), str(height), str(frames), str(ROUNDS)],
                                  stdout=subprocess.PIPE, text=True, check=True)
            theirs = json.loads(done.stdout)
            ratios = [ours[name] / theirs[name] for name in ("quiet", "walk")]
            # The same work, or the comparison says nothing: as many cells that changed.
            apart = abs(ours["walkChanged"] - theirs["walkChanged"]) / max(1, ours["walkChanged"])
            print(f"{f'C, {Path(compiler).name} {level}':26} {theirs['quiet']:7.3f} {theirs['walk']:7.3f}   hearth takes "
                  f"{ratios[0]:.2f} and {ratios[1]:.2f} times that; {apart:.1%} apart in what changed")
            is_kept = is_kept and ratios[0] <= C_LIMIT
        if not compiler:
            print("C: there is no compiler here")
        theirs = mog2(planes, width, height, frames)
        if theirs is None:
            print("OpenCV's MOG2: not here (apt-get install python3-opencv)")
        else:
            ratios = [ours[name] / theirs[name] for name in ("quiet", "walk")]
            print(f"{'OpenCV MOG2, 1 thread':26} {theirs['quiet']:7.3f} {theirs['walk']:7.3f}   hearth takes {ratios[0]:.2f} and "
                  f"{ratios[1]:.2f} times that")
        return is_kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--kind", choices=KINDS, action="append", help="scenes of this kind alone (repeatable); without, all and the hour")
    parser.add_argument("--truth", help="score these clips, too")
    parser.add_argument("--sensitivity", type=int, default=50)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    kept = [scenes(options.seeds, options.sensitivity, options.kind or [*KINDS, None])]
    if options.truth:
        clips(options.truth, options.sensitivity)
    kept.append(kernel())
    if options.check and not all(kept):
        sys.exit("motion.py: not all that is promised was reached")


if __name__ == "__main__":
    main()
