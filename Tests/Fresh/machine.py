"""What a new system on this machine needs of this one to reach what this one reaches: the Swift toolchain, and the settings of apt, git and
pip, with the folders and files that those name. Found by asking each of them, so that nothing here knows where a machine has its own."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

# Variables that say how the network and its certificates are reached.
PASSED_ON = re.compile(r"(?i)^(pip_.*|ssl_cert_(file|dir)|git_ssl_cainfo|curl_ca_bundle|requests_ca_bundle|(https?|ftp|all|no)_proxy)$")
# Where pip looks for its settings (pip's documentation, "Location"), and where the new system's root has them.
PIP_FILES = {"/etc/pip.conf": "/etc/pip.conf", "/etc/xdg/pip/pip.conf": "/etc/xdg/pip/pip.conf", "~/.pip/pip.conf": "/root/.pip/pip.conf",
             "~/.config/pip/pip.conf": "/root/.config/pip/pip.conf"}


class Unusable(Exception):
    """This machine can't do it; the text says why and what to do."""


def output(*command: str) -> str:
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def require(program: str) -> None:
    """Installs a program by name when it is missing."""
    if os.geteuid() != 0:
        raise Unusable("this needs root, for chroot and mounts: run it with sudo")
    if shutil.which("apt-get") is None:
        raise Unusable("this needs a Debian or something like it, for mmdebstrap")
    # Also brings the lists that `apt-get indextargets` answers from.
    subprocess.run(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "update"], check=True)
    if shutil.which(program) is None:
        print(f"fresh: {program} is missing and will be installed", flush=True)
        subprocess.run(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", program], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


@dataclass
class Machine:
    toolchain: str
    apt_sources: list[str]
    apt_settings: list[str]
    git_settings: list[tuple[str, str]]
    environment: dict[str, str]
    # Folders that are bound, read-only, at the same place; and files that are copied, with their place there.
    folders: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def this() -> "Machine":
        found = Machine(_toolchain(), _apt_sources(), _apt_settings(), _git_settings(),
                        {name: value for name, value in os.environ.items() if PASSED_ON.match(name)})
        found.files["/etc/resolv.conf"] = "/etc/resolv.conf"
        found._bind(found.toolchain)
        for key, _ in found.git_settings:
            found._pass_on(re.sub(r"^file://", "", key[len("url."):-len(".insteadof")]))
        for value in found.environment.values():
            found._pass_on(value)
        for file, place in PIP_FILES.items():
            if os.path.isfile(os.path.expanduser(file)):
                found.files[os.path.expanduser(file)] = place
                for value in re.findall(r"/\S+", Path(file).expanduser().read_text()):
                    found._pass_on(value)
        for key in Path("/etc/apt/trusted.gpg.d").glob("*.*"):
            found.files[str(key)] = str(key)
        return found

    def _pass_on(self, path: str) -> None:
        """A folder or a file of this machine that a setting names."""
        if not path.startswith("/") or path == "/":
            return
        if os.path.isdir(path):
            self._bind(path)
        elif os.path.isfile(path):
            self.files[path] = path

    def _bind(self, folder: str) -> None:
        folder = folder.rstrip("/")
        # The new system has its own of these; what a setting names in them is a file, and copied.
        if folder not in self.folders and not folder.startswith(("/etc", "/usr/lib", "/usr/share")):
            self.folders.append(folder)

    @property
    def description(self) -> list[str]:
        return [f"Swift toolchain  {self.toolchain}",
                f"apt              {len(self.apt_sources)} sources of Debian 12" if self.apt_sources else "apt              Debian's own sources",
                f"bound read-only  {' '.join(self.folders)}",
                f"copied           {' '.join(self.files)}",
                f"variables        {' '.join(self.environment) or 'none'}"]


def _toolchain() -> str:
    """The folder that holds the toolchain's usr. Asked of Swift itself, since `swift` in the path may be swiftly's stand-in."""
    if shutil.which("swift") is None:
        raise Unusable("there is no swift in the path: deploy/setup --build says how to get it")
    runtime = Path(json.loads(output("swift", "-print-target-info"))["paths"]["runtimeResourcePath"]).resolve()
    if runtime.parts[-3:] != ("usr", "lib", "swift") or len(runtime.parts) == 4:
        raise Unusable(f"Swift is installed into the system itself ({runtime}): this needs an unpacked toolchain, as swiftly installs it")
    return str(runtime.parents[2])


def _apt_sources() -> list[str]:
    """The lines of this machine's sources that are Debian 12; none on another system."""
    found: dict[str, list[str]] = {}
    form = "$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(ORIGIN)|$(COMPONENT)"
    for line in output("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines():
        address, release, codename, origin, component = line.split("|")
        if origin == "Debian" and codename.split("-")[0] == "bookworm":
            found.setdefault(f"deb {address} {release}", []).append(component)
    return [" ".join([source, *dict.fromkeys(components)]) for source, components in found.items()]


def _apt_settings() -> list[str]:
    """How this machine fetches: proxies, time limits, what it checks."""
    said = output("apt-config", "dump", "Acquire", "--format", '%f "%v";%n', "--no-empty")
    return [line for line in said.splitlines() if re.match(r"Acquire::(https?::|Check-|Retries|ForceIPv|Languages)", line)]


def _git_settings() -> list[tuple[str, str]]:
    """Where git fetches from instead; names, keys and helpers of this machine's people stay here."""
    said = subprocess.run(["git", "config", "--null", "--get-regexp", r"^url\..*\.insteadof$"], text=True, capture_output=True).stdout
    return [(key, value) for key, _, value in (entry.partition("\n") for entry in said.split("\0") if entry)]
