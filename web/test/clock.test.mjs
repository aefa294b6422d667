import assert from "node:assert/strict";
import { test } from "node:test";
import { durationWords, HouseClock } from "../model/clock.js";

const berlin = new HouseClock("Europe/Berlin");
const at = (/** @type {string} */ text) => Date.parse(text);

test("times are those of the house, wherever the browser is", () => {
  assert.equal(berlin.time(at("2026-11-23T21:40:12.345Z")), "22:40:12");
  assert.equal(berlin.hourAndMinute(at("2026-07-01T22:05:00Z")), "00:05");
  assert.equal(berlin.dayKey(at("2026-11-23T23:30:00Z")), "2026-11-24");
});

test("a zone that isn't known is UTC", () => {
  assert.equal(new HouseClock("Mars/Olympus").time(at("2026-11-23T21:40:12Z")), "21:40:12");
});

test("days have names near now, and a year when it is another", () => {
  const now = at("2026-11-23T12:00:00Z");
  assert.equal(berlin.dayWords(at("2026-11-23T01:00:00Z"), now), "Today");
  assert.equal(berlin.dayWords(at("2026-11-22T22:59:00Z"), now), "Yesterday");
  assert.equal(berlin.dayWords(at("2026-11-21T12:00:00Z"), now), "Saturday 21 November");
  assert.equal(berlin.dayWords(at("2025-12-31T12:00:00Z"), now), "Wednesday 31 December 2025");
});

test("yesterday is right after a day of 25 hours and one of 23", () => {
  assert.equal(berlin.dayWords(at("2026-10-24T22:30:00Z"), at("2026-10-26T22:30:00Z")), "Yesterday");
  assert.equal(berlin.dayWords(at("2026-03-28T23:30:00Z"), at("2026-03-29T22:30:00Z")), "Yesterday");
});

test("a moment in words", () => {
  const now = at("2026-11-23T12:00:00Z");
  assert.equal(berlin.momentWords(at("2026-11-23T08:05:00Z"), now), "today at 09:05");
  assert.equal(berlin.momentWords(at("2026-11-20T08:05:00Z"), now), "on Friday 20 November at 09:05");
});

test("a wall-clock text becomes its instant, in summer and winter", () => {
  assert.equal(new Date(berlin.instant("2026-11-23T22:40")).toISOString(), "2026-11-23T21:40:00.000Z");
  assert.equal(new Date(berlin.instant("2026-07-01T00:05:07")).toISOString(), "2026-06-30T22:05:07.000Z");
});

test("a time that the clock change repeats is the first of the two", () => {
  assert.equal(new Date(berlin.instant("2026-10-25T02:30")).toISOString(), "2026-10-25T00:30:00.000Z");
});

test("a time that the clock change skips moves on by the skipped hour", () => {
  const instant = berlin.instant("2026-03-29T02:30");
  assert.equal(new Date(instant).toISOString(), "2026-03-29T01:30:00.000Z");
  assert.equal(berlin.time(instant), "03:30:00");
});

test("west of Greenwich too", () => {
  const denver = new HouseClock("America/Denver");
  assert.equal(new Date(denver.instant("2026-11-01T01:30")).toISOString(), "2026-11-01T07:30:00.000Z");
  assert.equal(new Date(denver.instant("2026-03-08T02:30")).toISOString(), "2026-03-08T09:30:00.000Z");
});

test("what is no time is NaN", () => {
  assert.ok(Number.isNaN(berlin.instant("")));
  assert.ok(Number.isNaN(berlin.instant("soon")));
});

test("durations in words", () => {
  assert.equal(durationWords(400), "0 s");
  assert.equal(durationWords(12_345), "12 s");
  assert.equal(durationWords(59_700), "1 min");
  assert.equal(durationWords(65_000), "1 min 5 s");
  assert.equal(durationWords(7_800_000), "2 h 10 min");
  assert.equal(durationWords(-5), "0 s");
});
