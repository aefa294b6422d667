"""What Tests/run.py says at its end: the last line is read by programs, and nothing that did not run counts as passed."""
from __future__ import annotations

from pathlib import Path

import pytest

import run

REPORT = """<testsuites><testsuite name="pytest">
<testcase classname="EndToEnd.access.test_door" name="test_a" time="5.5"><properties><property name="setup" value="4.00"/>
<property name="call" value="1.25"/><property name="teardown" value="0.25"/></properties></testcase>
<testcase classname="EndToEnd.storage.test_clock" name="test_b" time="0"><skipped message="patchelf not installed"/></testcase>
{failure}</testsuite></testsuites>"""
FAILURE = '<testcase classname="EndToEnd.access.test_door" name="test_c" time="1"><failure message="no">trace</failure></testcase>'


def parts(folder: Path, failure: str = "") -> list[run.Part]:
    report = folder / "house.xml"
    report.write_text(REPORT.format(failure=failure))
    return [run.Part("house", [], [report], run.read_report("house", report), 7.0)]


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "REPORTS", tmp_path)
    monkeypatch.delenv("HEARTH_ALSO_FAILED", raising=False)
    monkeypatch.delenv("HEARTH_PARTS", raising=False)


def test_what_could_not_run_is_not_passed_and_has_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.tell(parts(tmp_path), 9, with_times=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["  not run: 1 of EndToEnd/storage/test_clock.py: patchelf not installed", "1 passed, 0 failed, 1 skipped"]


def test_a_failure_is_named_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.tell(parts(tmp_path, FAILURE), 9, with_times=False) == 1
    said = capsys.readouterr().out
    assert "  failed: EndToEnd/access/test_door.py test_c\n" in said and said.endswith("1 passed, 1 failed, 1 skipped\n")


def test_what_failed_before_the_tests_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_ALSO_FAILED", "lint")
    monkeypatch.setenv("HEARTH_PARTS", "setup 3, build 200, lint 40")
    assert run.tell(parts(tmp_path), 9, with_times=False) == 1
    said = capsys.readouterr().out
    assert "== seconds by part: setup 3, build 200, lint 40, house 7; the tests in all 9\n" in said
    assert said.endswith("1 passed, 1 failed, 1 skipped\n")


def test_seconds_are_told_by_lane_and_file(tmp_path: Path) -> None:
    assert "| house | EndToEnd/access/test_door.py | 1 | 4.2 | 1.2 | 5.5 |" in run.times(parts(tmp_path), 9)


def test_a_program_that_fails_without_a_report_is_a_failure(tmp_path: Path) -> None:
    part = run.Part("page", ["false"], [tmp_path / "none.xml"])
    part.run(is_alone=True)
    assert [case.outcome for case in part.cases] == ["failed"]
