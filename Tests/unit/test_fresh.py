"""What `make fresh` takes from this machine into the new one, found without making one."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hearth_testing.paths import ROOT


def dry_run(**settings: str) -> str:
    environment = {**os.environ, **settings}
    run = subprocess.run([sys.executable, str(ROOT / "Tests/Fresh/fresh.py"), "--dry-run"], env=environment, text=True, capture_output=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def line(said: str, label: str) -> list[str]:
    return next(line for line in said.splitlines() if label in line).split()


def test_it_says_what_it_would_run_and_take() -> None:
    said = dry_run()
    assert "make demo and make test on a bare Debian 12" in said
    toolchain = line(said, "Swift toolchain")[-1]
    assert (Path(toolchain) / "usr/bin/swift").exists()
    assert toolchain in line(said, "bound read-only")


def test_a_mirror_of_packages_comes_along_but_no_credential(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{mirror}/"]\n insteadOf = https://mirrored.example/\n[credential]\n helper = store --file={tmp_path}/secrets\n')
    (tmp_path / "secrets").write_text("secret\n")
    said = dry_run(GIT_CONFIG_GLOBAL=str(config))
    assert str(mirror) in line(said, "bound read-only")
    assert "secrets" not in said


def test_the_settings_of_pip_come_along_with_what_they_name(tmp_path: Path) -> None:
    wheels, certificates = tmp_path / "wheels", tmp_path / "certificates.pem"
    wheels.mkdir()
    certificates.write_text("")
    said = dry_run(PIP_FIND_LINKS=str(wheels), PIP_CERT=str(certificates))
    assert str(wheels) in line(said, "bound read-only")
    assert str(certificates) in line(said, "copied")
    assert "PIP_FIND_LINKS" in line(said, "variables")
