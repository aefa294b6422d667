"""The storm's cameras: the demo's RTSP server with small pictures that prove themselves.

    /usr/bin/python3 -m hearth_testing.storm.cameras --cameras N --port P --control C --cache DIR [--private K ...] --with-parent

Camera k is at /camk and /camk/sub; the private ones want digest authentication.
"""
from __future__ import annotations

import argparse
import zlib
from pathlib import Path

from farm import Camera, Farm, Stream
from hearth_testing.storm.codes import mark
from hearth_testing.storm.loops import LOOP_SECONDS, RATES, stored
from streams import START_CODE, Track


class StormFarm(Farm):
    def _cameras(self) -> list[Camera]:
        self.sums: dict[int, int] = {}
        return [Camera(number, f"cam{number}", "", ahead=number * 1.7, private=number in self.options.private)
                for number in range(1, self.options.cameras + 1)]

    def _streams(self, camera: Camera) -> list[Stream]:
        paths = stored(Path(self.options.cache), self.options.cameras)
        streams = []
        for name, rate in RATES.items():
            track = Track(str(paths[camera.number, name]), "h264", rate)
            for unit in track.units:
                assert unit.picture.count(START_CODE) == 1, "a picture of one slice was expected"
                self.sums[id(unit)] = zlib.crc32(unit.picture[len(START_CODE):])
            streams.append(Stream(camera, name, track))
        return streams

    def mark(self, stream: Stream, track: Track, frame: int, at: float) -> bytes:
        unit = track.units[frame % len(track.units)]
        return mark(stream.camera.number, stream.name, frame, at, self.sums[id(unit)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, required=True)
    parser.add_argument("--private", type=int, action="append", default=[])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--with-parent", action="store_true")
    parser.set_defaults(own_ports=True, bind="127.0.0.1", loop=LOOP_SECONDS)
    StormFarm(parser.parse_args()).run()


if __name__ == "__main__":
    main()
