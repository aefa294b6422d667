#!/usr/bin/python3
"""Runs the README's two commands on a machine that has nothing: a bare Debian 12 made for it, and removed afterwards.

    fresh.py [--only demo|test] [--keep] [--dry-run]

The new system holds what it takes to clone and to say make; the Swift toolchain of this machine is bound into it, read-only, and the last
commit is cloned. `make demo` runs there until its page answers, then gets a Ctrl-C; `make test` runs to its end. Each prints what it
installed and how long it took.

--only NAME  one of the two                    --keep  leaves the new system in .build/fresh
--dry-run    only says what it would do

Everything is mounted in a mount namespace of its own and runs in a process namespace of its own: when this program ends, however it
ends, nothing stays mounted or running. It must be root, as chroot(2) and mount(2) ask.
"""
from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import machine

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".build/fresh"
ROOT = FOLDER / "root"
CLONE = "/root/hearth"
# What somebody has who could clone the project; all else is for deploy/setup to install.
AT_HAND = "ca-certificates,git,make"
LINK = re.compile(r"sign in once with (https?://\S+)")
LONGEST = {"demo": 3600, "test": 3 * 3600}


def say(text: str) -> None:
    print(f"fresh: {text}", flush=True)


def commands_of_readme() -> list[str]:
    """`demo` and `test`, when the README offers them as `make demo` and `make test`: what it doesn't offer isn't tried."""
    section = (PROJECT / "README.md").read_text().split("\n## ")[1]
    offered = re.findall(r"^    make (\w+)$", section, re.M)
    wanted = ["demo", "test"]
    if not set(wanted) <= set(offered):
        raise machine.Unusable(f"the README's first section offers {offered}, not {wanted}: change Tests/Fresh/fresh.py with it")
    return wanted


def make_root(host: machine.Machine) -> None:
    began = time.monotonic()
    say("making a bare Debian 12 with mmdebstrap")
    shutil.rmtree(ROOT, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    ROOT.mkdir()
    settings = [f"--aptopt={line}" for line in host.apt_settings]
    # The sources come by standard input; without any, mmdebstrap knows Debian's own.
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={AT_HAND}", *settings, "bookworm", str(ROOT)]
    subprocess.run(command + (["-"] if host.apt_sources else []), input="\n".join(host.apt_sources), text=True, check=True)
    mount(host)
    for file, copy in host.files.items():
        place = ROOT / copy.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    for key, value in host.git_settings:
        subprocess.run(["git", "config", "--file", str(ROOT / "etc/gitconfig"), "--add", key, value], check=True)
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "--quiet", "--no-local", str(PROJECT), str(ROOT / CLONE.lstrip("/"))], check=True)
    commit = subprocess.run(["git", "-C", str(ROOT / CLONE.lstrip("/")), "log", "-1", "--format=%h %s"], check=True, text=True,
                            capture_output=True).stdout.strip()
    say(f"it has {len(packages())} packages, after {time.monotonic() - began:.0f} s; the clone is at {commit}")


def mount(host: machine.Machine) -> None:
    def bind(source: str, target: str, *more: str) -> None:
        place = ROOT / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", *more, source, str(place)], check=True)

    # So that "/" is a mount there too, as programs that look for a file's volume expect it.
    bind(str(ROOT), "/", "--bind")
    bind("proc", "/proc", "-t", "proc")
    bind("/sys", "/sys", "--rbind")
    bind("/dev", "/dev", "--rbind")
    bind("tmpfs", "/run", "-t", "tmpfs", "-o", "mode=755")
    for folder in host.folders:
        bind(folder, folder, "--bind")
        subprocess.run(["mount", "-o", "remount,bind,ro", str(ROOT / folder.lstrip("/"))], check=True)


def packages() -> dict[str, int]:
    """What is installed in the new system, and how large each is, in kB."""
    said = subprocess.run(["chroot", str(ROOT), "dpkg-query", "-W", "-f", "${Package} ${Installed-Size}\n"], check=True, text=True,
                          capture_output=True).stdout
    return {name: int(size or 0) for name, _, size in (line.partition(" ") for line in said.splitlines())}


def chosen() -> set[str]:
    """The packages that were asked for by name; the others came with them."""
    said = subprocess.run(["chroot", str(ROOT), "apt-mark", "showmanual"], check=True, text=True, capture_output=True).stdout
    return set(said.split())


class Run:
    """One of the README's commands, as it is typed: its output goes to a file of its own and is shown."""

    def __init__(self, name: str, host: machine.Machine) -> None:
        self.name, self.before, self.chosen_before = name, packages(), chosen()
        self.began, self.link_after, self.failure = time.monotonic(), None, None
        environment = {**host.environment, "HOME": "/root", "LANG": "C.UTF-8", "TERM": os.environ.get("TERM", "dumb"),
                       "PATH": f"{host.toolchain}/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.process = subprocess.Popen(
            ["chroot", str(ROOT), "sh", "-c", f"cd {CLONE} && exec make {name}"], env=environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def follow(self) -> None:
        # A command that hangs is ended, and so its output ends too.
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(self.process.pid, signal.SIGKILL))
        signal.alarm(LONGEST[self.name])
        with (FOLDER / f"{self.name}.log").open("w") as log:
            for line in self.process.stdout:
                log.write(line)
                print(f"  {time.monotonic() - self.began:5.0f} s  {line.rstrip()}", flush=True)
                link = LINK.search(line) if self.name == "demo" else None
                if link:
                    self.visit(link[1])
        code = self.process.wait()
        signal.alarm(0)
        if self.name == "demo" and self.link_after is None:
            self.failure = f"it ended with {code} and gave no link"
        elif self.name == "test" and code != 0:
            self.failure = f"it ended with {code}"
        elif code not in (0, 130, -signal.SIGINT):
            self.failure = f"after its Ctrl-C it ended with {code}"

    def visit(self, link: str) -> None:
        """Opens the demo's link as somebody would who clicks on it, then types Ctrl-C."""
        self.link_after = time.monotonic() - self.began
        try:
            with urllib.request.urlopen(link, timeout=30) as answer:
                say(f"the link's page answers {answer.status} with {len(answer.read())} bytes")
        except OSError as error:
            self.failure = f"its link's page could not be opened: {error}"
        os.killpg(self.process.pid, signal.SIGINT)

    def report(self) -> None:
        after = packages()
        new = after.keys() - self.before.keys()
        size = sum(after[name] for name in new) / 1000
        named = sorted(chosen() - self.chosen_before)
        say(f"make {self.name}: {self.failure or 'as the README says'}; {time.monotonic() - self.began:.0f} s"
            + (f", its link after {self.link_after:.0f} s" if self.link_after else ""))
        say(f"  it installed {len(new)} Debian packages ({size:.0f} MB), {len(named)} of them by name: {' '.join(named) or 'none'}")
        tools = ROOT / CLONE.lstrip("/") / ".venv/installed"
        if tools.exists() and self.name == "test":
            say(f"  and in .venv: {' '.join(line.split()[0] for line in tools.read_text().splitlines() if line[:1].isalpha())}")


def inside(options: argparse.Namespace, host: machine.Machine) -> int:
    """What runs in the namespaces."""
    make_root(host)
    runs = []
    for name in [options.only] if options.only else commands_of_readme():
        say(f"make {name}")
        runs.append(Run(name, host))
        runs[-1].follow()
    print()
    for run in runs:
        run.report()
    return 1 if any(run.failure for run in runs) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["demo", "test"])
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        commands = commands_of_readme()
        if options.inside:
            return inside(options, machine.Machine.this())
        if not options.dry_run:
            machine.require("mmdebstrap")
        host = machine.Machine.this()
    except machine.Unusable as reason:
        say(str(reason))
        return 69
    except subprocess.CalledProcessError as error:
        say(f"{' '.join(map(str, error.cmd))} ended with {error.returncode}; what it said is above{': ' + error.stderr if error.stderr else ''}")
        return 69
    say(f"make {' and make '.join([options.only] if options.only else commands)} on a bare Debian 12 below {FOLDER}; from this machine:")
    for line in host.description:
        say(f"  {line}")
    if options.dry_run:
        return 0
    # The shell is the first process of the namespace: one that collects what others leave behind, as an init does.
    # It ends with this program, also when nothing is left to end it.
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child",
               "bash", "-c", '"$@"; exit $?', "init", sys.executable, __file__, *sys.argv[1:], "--inside"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return subprocess.run(command).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        # Outside the namespace nothing is mounted below it, so that nothing else can be removed with it.
        if not options.keep:
            subprocess.run(["rm", "-rf", "--one-file-system", str(ROOT)], check=True)
        else:
            say(f"the new system stays in {ROOT}")


if __name__ == "__main__":
    sys.exit(main())
