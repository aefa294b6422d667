import assert from "node:assert/strict";
import { test } from "node:test";
import {
  causeWords,
  countWords,
  outcomeWords,
  refusalWords,
  summaryWords,
  together,
  zoneWords,
} from "../model/trial.js";

/** @import { Outcome, Zone } from "../model/trial.js" */

/** @param {Outcome} outcome @param {string | null} [id] @param {string} [start] */
const event = (outcome, id = outcome === "new" ? null : outcome, start = "2026-11-23T10:00:00.000Z") => ({
  outcome,
  id,
  start,
  end: start,
  reasons: ["motion"],
  zones: [],
});

/** @param {ReturnType<typeof event>[]} events @param {string[]} [causes] */
const trial = (events, causes = []) => ({
  sensitivity: 50,
  seconds: 10,
  next: null,
  events,
  suppressed: causes.map((cause) => ({ start: "", end: "", cause, why: "" })),
});

test("what comes of it is one sentence", () => {
  const stay = [event("same"), event("same"), event("same")];
  assert.equal(
    summaryWords([event("new"), ...stay, event("gone"), event("new")]),
    "3 events stay, 1 would be gone, 2 would be new.",
  );
  assert.equal(summaryWords([event("same")]), "1 event stays.");
  assert.equal(summaryWords([event("same"), event("moved")]), "1 event stays, 1 would begin or end elsewhere.");
  assert.equal(summaryWords([event("gone"), event("gone")]), "2 events would be gone.");
  assert.equal(summaryWords([]), "no event, as before.");
});

test("each event says what would become of it", () => {
  assert.deepEqual(
    (/** @type {Outcome[]} */ (["same", "moved", "gone", "new"])).map((outcome) => outcomeWords(event(outcome))),
    ["stays", "would begin or end elsewhere", "would be gone", "would be new"],
  );
});

test("an event that reaches over a gap stands once, and is gone only when it is found on neither side", () => {
  const joined = together([
    trial([event("same", "1", "2026-11-23T10:00:00Z"), event("gone", "2", "2026-11-23T10:01:00Z")], ["light", "brief"]),
    trial([
      event("moved", "2", "2026-11-23T10:01:30Z"),
      event("gone", "1"),
      event("gone", "3", "2026-11-23T10:03:00Z"),
    ]),
    trial([event("new", null, "2026-11-23T10:04:00Z"), event("new", null, "2026-11-23T10:05:00Z")], ["still"]),
  ]);
  assert.deepEqual(joined.events.map(({ outcome, id }) => [outcome, id]), [
    ["new", null],
    ["new", null],
    ["gone", "3"],
    ["moved", "2"],
    ["same", "1"],
  ]);
  assert.deepEqual(joined.suppressed.map(({ cause }) => cause), ["still", "brief", "light"]);
});

test("why something isn't reported is told in words, and a cause that isn't known as it came", () => {
  assert.equal(causeWords({ start: "", end: "", cause: "light", why: "" }), "Only the light changed");
  assert.equal(causeWords({ start: "", end: "", cause: "somethingNew", why: "" }), "somethingNew");
  assert.equal(
    countWords(trial([], ["small", "light", "light"]).suppressed),
    "Only the light changed: 2; too small: 1.",
  );
});

test("zones are told by what they do", () => {
  const path = /** @type {Zone} */ ({ name: "path", kind: "include" });
  const door = /** @type {Zone} */ ({ name: "door", kind: "include", sensitivity: 70 });
  assert.equal(zoneWords(path, [path]), "path: motion counts only here");
  assert.equal(
    zoneWords(door, [path, door]),
    "door: motion counts here, and only in such zones, with a sensitivity of its own, 70",
  );
  assert.equal(zoneWords({ name: "street", kind: "exclude" }, []), "street: what moves only in here doesn't count");
  assert.equal(zoneWords({ name: "clock", kind: "mask" }, []), "clock: masked, what changes here never counts");
});

test("what hinders it is told in plain words", () => {
  assert.equal(refusalWords(404, "no footage"), "Nothing was recorded in the last half hour.");
  assert.match(refusalWords(503, "too many replays"), /busy/);
  assert.equal(refusalWords(400, "use 0 to 100"), "That didn't work. Use 0 to 100.");
});
