import assert from "node:assert/strict";
import { test } from "node:test";
import { HouseClock } from "../model/clock.js";
import { byDay, covers, isNewer, lengthWords, merged, reasonWords } from "../model/events.js";
import { eventBody } from "./bodies.mjs";

/** @param {string} id @param {string} start @param {Partial<import("../model/types.js").Event>} [more] */
const event = (id, start, more = {}) => eventBody({ id, start, end: start, ...more });

test("events stand under the days of the house, not of UTC", () => {
  const days = byDay([
    event("3", "2026-11-23T23:30:00.000Z"),
    event("2", "2026-11-23T22:30:00.000Z"),
    event("1", "2026-11-22T23:10:00.000Z"),
  ], new HouseClock("Europe/Berlin"));
  assert.deepEqual(days.map(({ day, events }) => [day, events.map(({ id }) => id)]), [["2026-11-24", ["3"]], [
    "2026-11-23",
    ["2", "1"],
  ]]);
});

test("merging keeps each event once, newest first, and believes the later answer", () => {
  const running = event("2", "2026-11-23T10:00:00.000Z", { end: null });
  const ended = event("2", "2026-11-23T10:00:00.000Z", { end: "2026-11-23T10:00:09.000Z" });
  const list = merged([running, event("1", "2026-11-23T09:00:00.000Z")], [
    event("3", "2026-11-23T11:00:00.000Z"),
    ended,
  ]);
  assert.deepEqual(list.map(({ id }) => id), ["3", "2", "1"]);
  assert.equal(list[1]?.end, "2026-11-23T10:00:09.000Z");
});

test("two events of one instant keep one order", () => {
  const a = event("a", "2026-11-23T10:00:00.000Z");
  const b = event("b", "2026-11-23T10:00:00.000Z");
  assert.equal(isNewer(b, a), true);
  assert.equal(isNewer(a, b), false);
});

test("an event that runs has no length yet", () => {
  assert.equal(lengthWords(event("1", "2026-11-23T10:00:00.000Z", { end: null })), "still running");
  assert.equal(lengthWords(event("1", "2026-11-23T10:00:00.000Z", { end: "2026-11-23T10:01:05.000Z" })), "1 min 5 s");
});

test("why an event was made, with the zones that the reasons don't name already", () => {
  const start = "2026-11-23T10:00:00.000Z";
  assert.equal(reasonWords(event("1", start)), "Motion");
  assert.equal(
    reasonWords(event("1", start, { reasons: ["motion"], zones: ["path", "gate"] })),
    "Motion in path, gate",
  );
  assert.equal(reasonWords(event("1", start, { reasons: ["motion in path"], zones: ["path"] })), "Motion in path");
});

/** @param {[number, number][]} pairs minutes of an hour */
const spans = (...pairs) =>
  pairs.map(([from, to]) => ({
    from: new Date(Date.UTC(2026, 10, 23, 12, from)).toISOString(),
    to: new Date(Date.UTC(2026, 10, 23, 12, to)).toISOString(),
  }));
const whole = { from: "2026-11-23T12:10:00.000Z", to: "2026-11-23T12:20:00.000Z" };

test("a span is covered by one around it and by several that touch, in any order", () => {
  assert.ok(covers(spans([10, 20]), whole));
  assert.ok(covers(spans([0, 30]), whole));
  assert.ok(covers(spans([15, 25], [0, 12], [12, 15]), whole));
  assert.ok(covers(spans([5, 30], [6, 7]), whole));
});

test("a gap, an end too early and nothing at all cover no span", () => {
  assert.ok(!covers([], whole));
  assert.ok(!covers(spans([0, 5], [25, 30]), whole));
  assert.ok(!covers(spans([0, 14], [15, 25]), whole));
  assert.ok(!covers(spans([11, 25]), whole));
  assert.ok(!covers(spans([0, 19]), whole));
});
