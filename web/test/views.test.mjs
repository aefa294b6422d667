import assert from "node:assert/strict";
import { test } from "node:test";
import { HouseClock } from "../model/clock.js";
import { viewSpanWords, viewWords } from "../model/views.js";

const clock = new HouseClock("Europe/Berlin");
const now = Date.parse("2026-11-23T21:00:00Z");

/** @param {object} change @returns {any} */
const view = (change) => ({
  row: 1,
  person: "Kim",
  personId: "k",
  camera: "c",
  action: "live",
  from: null,
  to: null,
  at: "2026-11-23T20:00:00Z",
  ended: null,
  bytes: 0,
  cameBy: "session",
  address: "192.168.1.5",
  ...change,
});

test("each deed has words, and a name is only a name", () => {
  assert.equal(viewWords(view({}), "Front door"), "watched Front door live");
  assert.equal(viewWords(view({ action: "delete" }), "$& NAME"), "deleted recordings of $& NAME");
  assert.equal(viewWords(view({ action: "juggle" }), "Garden"), "juggle Garden");
});

test("a span is told in the house's time, and from where it was asked", () => {
  assert.equal(viewSpanWords(view({}), clock, now), "from 192.168.1.5");
  const span = { from: "2026-11-23T17:00:00Z", to: "2026-11-23T17:30:00Z" };
  assert.equal(viewSpanWords(view(span), clock, now), "today at 18:00 to 18:30, from 192.168.1.5");
  const night = { from: "2026-11-22T22:00:00Z", to: "2026-11-23T05:00:00Z", cameBy: "token" };
  assert.equal(
    viewSpanWords(view(night), clock, now),
    "yesterday at 23:00 to today at 06:00, with a token, from 192.168.1.5",
  );
  const short = { from: "2026-11-23T17:00:01Z", to: "2026-11-23T17:00:09Z", cameBy: "console", address: "console" };
  assert.equal(viewSpanWords(view(short), clock, now), "today at 18:00, at the server itself");
});
