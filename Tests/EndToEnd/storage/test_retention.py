"""Retention from the command line, with and without a server: protect, plan, apply, log. The contract for scripts."""
from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from hearth_testing.farm import CAMERAS, Farm
from hearth_testing.household import OWNER, OWNER_PASSWORD, Hearth
from hearth_testing.waiting import unix_time, until

CAMERA = CAMERAS[0]


@pytest.fixture(scope="module")
def recorded(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Hearth:
    """A camera's footage in some finished segments, with an event that ended; nobody serves it."""
    hearth = Hearth(tmp_path_factory.mktemp("retention"))
    hearth.token = hearth.add_person(OWNER, OWNER_PASSWORD, "--owner")
    hearth.start()
    try:
        hearth.add_camera(farm, CAMERA)
        until("footage", 60, lambda: hearth.are_recording([CAMERA.name]) and hearth.media(pattern="*.partial"))
        # Each start begins new segments: before the event, with it, and after it.
        hearth.stop()
        hearth.start()
        # With its post-roll: what is recorded afterwards is not the event's.
        until("an event that ended", 150, lambda: any(
            event["end"] and unix_time(event["end"]) < time.time() - 12 for event in hearth.events()), every=1)
        hearth.stop()
        hearth.start()
        until("footage after it", 60, lambda: hearth.are_recording([CAMERA.name]) and hearth.media(pattern="*.partial"))
    finally:
        assert hearth.stop() == 0
    return hearth


def ask(hearth: Hearth, *words: str) -> dict:
    return json.loads(hearth.do(*words, "--json"))


def policy(hearth: Hearth, folder: Path, text: str) -> str:
    """A house file like the household, with another retention."""
    file = folder / "policy.yaml"
    exported = hearth.do("house", "export").split("\nretention:")[0]
    file.write_text(f"{exported}\nretention: {text}\n")
    return str(file)


@pytest.mark.parametrize("served", [False, True], ids=["without a server", "with a server"])
def test_what_scripts_rely_on(recorded: Hearth, tmp_path: Path, served: bool) -> None:
    hearth = recorded
    if served:
        # More footage than what the round before left, in segments that are finished.
        hearth.start()
        until("footage", 60, lambda: hearth.are_recording([CAMERA.name]) and hearth.media(pattern="*.partial"))
        hearth.stop()
        hearth.start()
    try:
        event = [event for event in ask(hearth, "event", "list")["events"] if event["end"]][-1]
        assert not event["protected"]
        assert ask(hearth, "protect", event["id"])["protected"]
        assert next(each for each in ask(hearth, "event", "list")["events"] if each["id"] == event["id"])["protected"]

        # A policy that is not in force yet deletes all but the protected, and says so beforehand.
        before = ask(hearth, "retention", "plan")
        assert before["deletions"] == [] and before["bytes"] == 0
        file = policy(hearth, tmp_path, "{budget: 1kB}")
        wished = ask(hearth, "retention", "plan", "--policy", file)
        assert wished["deletions"] and wished["bytes"] == sum(each["bytes"] for each in wished["deletions"]), wished
        for deletion in wished["deletions"]:
            assert {"camera", "from", "to", "bytes", "rule", "reason"} <= deletion.keys()
            assert deletion["camera"] == event["camera"] and deletion["rule"] == "householdBudget"
            assert unix_time(deletion["to"]) <= unix_time(event["start"]) - 5 \
                or unix_time(deletion["from"]) >= unix_time(event["end"]) + 10, "of the protected event"
        assert [each["name"] for each in wished["forecast"]] == [CAMERA.name]
        assert any("protected" in reason for reason in wished["held"])
        assert ask(hearth, "retention", "plan")["deletions"] == []

        hearth.do("house", "apply", file, "--yes")
        plan = ask(hearth, "retention", "plan")
        assert {each["file"] for each in plan["deletions"]} >= {each["file"] for each in wished["deletions"]}

        # Nobody to ask, and a bound that is too low: nothing goes.
        present = hearth.media()
        for words in ([], ["--yes-delete", str(wished["bytes"] - 1)]):
            refused = hearth.run("retention", "apply", *words, "--data", str(hearth.data))
            assert refused.code in (64, 73) and "nothing was deleted" in refused.err, refused
        assert set(present) <= set(hearth.media())
        logged = {each["file"] for each in ask(hearth, "retention", "log")["deletions"]}

        done = ask(hearth, "retention", "apply", "--yes-delete", str(plan["bytes"] + (100 << 20)))
        assert done["bytes"] >= plan["bytes"]
        names = {str(path) for path in hearth.media()}
        assert not any(name.endswith(each["file"]) for each in plan["deletions"] for name in names)
        log = ask(hearth, "retention", "log")["deletions"]
        assert {each["file"] for each in log} - logged >= {each["file"] for each in plan["deletions"]}
        assert all(each["rule"] == "householdBudget" and each["reason"] for each in log)
        hearth.do("check")
        # Its clip can still be had, as soon as its post-roll has gone by.
        words = ["export", "--event", event["id"], "-o", str(tmp_path / "clip.mp4"), "--data", str(hearth.data)]
        until("the protected event's clip", 30, lambda: hearth.run(*words).code == 0, every=1)

        # Given free, it goes too; and everything as it was, for the other round.
        span = ["--camera", CAMERA.name, "--from", event["start"], "--to", event["end"]]
        ask(hearth, "protect", *span)
        assert not ask(hearth, "unprotect", event["id"])["protected"]
        ask(hearth, "protect", *span)
        ask(hearth, "unprotect", *span)
        assert ask(hearth, "retention", "plan")["deletions"]
        hearth.do("house", "apply", policy(hearth, tmp_path, "{budget: 1TB}"), "--yes")
        assert ask(hearth, "retention", "plan")["deletions"] == []
        hearth.do("check")
    finally:
        if served:
            assert hearth.stop() == 0


def test_a_change_is_asked_about_waits_and_is_taken_back_and_a_span_goes_for_good(recorded: Hearth, tmp_path: Path) -> None:
    """Works on what the rounds before left, and on more."""
    hearth = recorded
    hearth.start()
    until("footage", 60, lambda: hearth.are_recording([CAMERA.name]) and hearth.media(pattern="*.partial"))
    hearth.stop()
    hearth.start()
    try:
        file = policy(hearth, tmp_path, "{continuous: 30d, budget: 1kB}")
        asked = hearth.run("house", "apply", file, "--data", str(hearth.data))
        assert asked.code == 64 and "nothing was changed" in asked.err and "--yes-delete" in asked.err, asked
        assert "householdBudget" in asked.out, "the plan is shown"
        assert "budget 1TB" in hearth.do("retention", "show")
        hearth.do("house", "apply", file, "--yes-delete", "1TB")
        assert "hearth retention undo" in hearth.do("retention", "show")
        assert "wait until" in hearth.do("retention", "plan")
        assert "the policy is as it was" in hearth.do("retention", "undo")
        assert ask(hearth, "retention", "plan")["deletions"] == []

        day = ["--camera", CAMERA.name, "--from", "2h", "--to", "now"]
        states = {each["state"] for each in ask(hearth, "retention", "explain", *day)["segments"]}
        assert states == {"kept", "deleted"}
        # Not while an event runs: then it is asked again.
        words = ["footage", "delete", *day, "--data", str(hearth.data)]
        refused = until("a question", 60, lambda: (lambda done: done if done.code != 73 else None)(hearth.run(*words)), every=1)
        assert refused.code == 64 and "nothing was deleted" in refused.err and "out of reach" in refused.out, refused
        before = {*hearth.media(pattern="*.mp4"), *hearth.data.glob("cameras/*/events/*/*.jpg")}
        assert before

        def removal() -> dict | None:
            done = hearth.run(*words, "--yes", "--json")
            return json.loads(done.out) if done.code == 0 else None

        removed = until("the span deleted", 60, removal, every=1)
        assert removed["segments"] > 0 and removed["events"] > 0
        assert not any(path.exists() for path in before)
        assert "byHand" in {each["rule"] for each in ask(hearth, "retention", "log")["deletions"]}
        hearth.do("check")
    finally:
        assert hearth.stop() == 0
