import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../live/pace.js";

/** @param {number} actual @param {number} expected */
const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

test("the first pictures are joined at the live edge, wherever their times begin", () => {
  const pace = new Pace({ frameSeconds: 0.04 });
  const step = pace.step([{ start: 100, end: 104 }], 0, 0);
  near(step.seek ?? 0, 103.94);
});

test("a buffer shorter than the target is joined at its start", () => {
  assert.equal(new Pace().step([{ start: 100, end: 100.04 }], 0, 0).seek, 100);
});

test("nothing buffered changes nothing", () => {
  assert.deepEqual(new Pace().step([], 0, 0), { seek: null, rate: 1, trim: null });
});

test("a hole left by dropped pictures is jumped over", () => {
  const step = new Pace().step([{ start: 0, end: 5 }, { start: 8, end: 8.5 }], 4.99, 0);
  near(step.seek ?? 0, 8.44);
});

test("more than a second behind jumps; half a second chases where the rate can be changed", () => {
  assert.notEqual(new Pace().step([{ start: 0, end: 12 }], 10.5, 0).seek, null);
  const pace = new Pace({ frameSeconds: 0.04 });
  let step = { seek: /** @type {number | null} */ (null), rate: 1 };
  for (let frame = 0; frame < 8; frame += 1) step = pace.step([{ start: 0, end: 11 }], 10.5, frame * 0.04);
  assert.equal(step.seek, null);
  assert.equal(step.rate, 1.5);
});

test("where a new rate would buffer anew, half a second behind jumps and the rate stays 1", () => {
  const pace = new Pace({ changesRate: false });
  assert.equal(pace.step([{ start: 0, end: 11 }], 10.6, 0).rate, 1);
  near(pace.step([{ start: 0, end: 11 }], 10.4, 1).seek ?? 0, 10.94);
});

test("one burst that arrives at once starts no chase", () => {
  const pace = new Pace({ frameSeconds: 0.04 });
  for (let frame = 0; frame < 20; frame += 1) {
    const end = frame === 10 ? 0.3 : 0.06;
    assert.equal(pace.step([{ start: 0, end: 50 + end }], 50, frame * 0.04).rate, 1);
  }
});

test("a chase ends at the target", () => {
  const pace = new Pace({ frameSeconds: 0.04 });
  for (let frame = 0; frame < 8; frame += 1) pace.step([{ start: 0, end: 11 }], 10.8, frame * 0.04);
  assert.equal(pace.step([{ start: 0, end: 11 }], 10.945, 1).rate, 1);
});

test("starving adds a little slack up to a bound, and calm takes it back", () => {
  const pace = new Pace({ frameSeconds: 0.04 });
  near(pace.target, 0.06);
  pace.starved(0);
  near(pace.target, 0.08);
  for (let time = 1; time < 20; time += 1) pace.starved(time);
  near(pace.target, 0.1);
  for (let time = 20; time < 60; time += 1) pace.step([{ start: 0, end: 50.1 }], 50, time);
  near(pace.target, 0.06);
});

test("what was played long ago is trimmed, with ten seconds kept", () => {
  assert.equal(new Pace().step([{ start: 0, end: 30.05 }], 30, 0).trim, 20);
  assert.equal(new Pace().step([{ start: 15, end: 30.05 }], 30, 0).trim, null);
});
