#!/usr/bin/python3
"""The cameras of the demo household, as a real RTSP server on loopback.

    cameras.py encode --cache DIR                               about a minute; `serve` does it too when it is missing
    cameras.py serve  --cache DIR --port 8554 --control 8553    until Ctrl-C; prints `ready`

/front-door /garden /living-room /garage, and /sub below each. The garage wants digest authentication (user demo,
password hearth-demo). /sound has no picture. `--cameras K` serves K copies of one scene at /cam1 to /camK instead.

The control port answers in JSON:
    /truth?since=&until=    when what moves where, in Unix time
    /status                 what was sent to whom
    /fault?kind=KIND&camera=NAME&stream=main|sub&secs=S     camera and stream: all, unless named
        drop     closes the sessions                 refuse   nobody can connect (needs the camera's own port)
        outage   both                                hang     connections are taken and never answered (likewise)
        stall    sends nothing                       wedge    running sessions fall silent for ever, new ones work
        tsjump   RTP timestamps jump by `by` seconds res      the picture's size changes for a while
        clear    ends every running fault
With --own-ports the camera number k (1, 2, ...) can also be had at port PORT + k.

Each picture carries a mark in an SEI message, "cam=NAME s=main|sub n=FRAME t=UNIXTIME;", and the same number modulo the
loop in the strip at its bottom edge.

Debian packages: ffmpeg python3-numpy python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gst-plugins-base-1.0
gstreamer1.0-plugins-base gstreamer1.0-plugins-good. Run it with Debian's /usr/bin/python3, which knows them.
"""
from __future__ import annotations

import argparse


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    encode = commands.add_parser("encode", help="render and encode what is missing in the cache folder")
    encode.add_argument("--only", action="append", metavar="NAME", help="this camera alone (repeatable)")
    serve = commands.add_parser("serve", help="serve the cameras until SIGINT or SIGTERM")
    serve.add_argument("--port", type=int, default=8554, help="RTSP port (default 8554)")
    serve.add_argument("--control", type=int, default=8553, help="control port, 0 for none (default 8553)")
    serve.add_argument("--cameras", type=int, default=0, metavar="K", help="K copies of one scene, for measuring")
    serve.add_argument("--scene", default="front-door", help="what those copies show (default front-door)")
    serve.add_argument("--with-password", action="store_true", help="those copies want the garage's user and password")
    serve.add_argument("--marked", metavar="NAME", help="the name in every picture's mark, instead of the camera's own: "
                       "so that twins that are alike in all else can be told apart")
    serve.add_argument("--own-ports", action="store_true", help="camera k also listens at port PORT + k")
    serve.add_argument("--bind", default="127.0.0.1", help="address to listen at (default 127.0.0.1)")
    serve.add_argument("--with-parent", action="store_true", help="end when the program that started this one has ended")
    for command in (encode, serve):
        command.add_argument("--cache", required=True, help="folder of the encoded loops")
        command.add_argument("--loop", type=int, default=60, metavar="SECONDS",
                             help="20 to 58: shorter loops with one motion each, for tests (default 60, the whole script)")
    return parser.parse_args()


def main() -> None:
    from encoding import encode
    from scenes import ALL_SCENES, SCENES
    options = arguments()
    if options.command == "encode":
        unknown = sorted(set(options.only or []) - set(ALL_SCENES))
        if unknown:
            raise SystemExit(f"no camera is called {unknown[0]}; there are {', '.join(ALL_SCENES)}")
        encode(options.cache, options.only or list(SCENES), options.loop)
    else:
        if options.scene not in ALL_SCENES:
            raise SystemExit(f"no scene is called {options.scene}; there are {', '.join(ALL_SCENES)}")
        encode(options.cache, [options.scene] if options.cameras else list(SCENES), options.loop)
        from farm import Farm       # needs GStreamer
        Farm(options).run()


if __name__ == "__main__":
    main()
