import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../model/backoff.js";
import { Turns } from "../model/turns.js";

test("waits double up to the longest, and begin anew after a success", () => {
  const backoff = new Backoff({ first: 1000, longest: 15000, chance: () => 1 });
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(() => backoff.next()), [1000, 2000, 4000, 8000, 15000, 15000]);
  backoff.reset();
  assert.equal(backoff.next(), 1000);
});

test("chance takes at most half of a wait away", () => {
  assert.equal(new Backoff({ first: 1000, chance: () => 0 }).next(), 500);
});

test("work runs a few at a time, in the order it came", async () => {
  const turns = new Turns(2);
  const { signal } = new AbortController();
  /** @type {number[]} */
  const begun = [];
  /** @type {(() => void)[]} */
  const ends = [];
  const runs = [1, 2, 3].map((number) =>
    turns.run(signal, () => {
      begun.push(number);
      return new Promise((/** @type {(value?: undefined) => void} */ end) => ends.push(end));
    })
  );
  await Promise.resolve();
  assert.deepEqual(begun, [1, 2]);
  ends[0]?.();
  await runs[0];
  await new Promise((next) => setImmediate(next));
  assert.deepEqual(begun, [1, 2, 3]);
  ends[1]?.();
  ends[2]?.();
  await Promise.all(runs);
});

test("work whose page is gone doesn't run, and a failure gives its turn on", async () => {
  const turns = new Turns(1);
  const gone = AbortSignal.abort(new Error("gone"));
  await assert.rejects(turns.run(gone, async () => assert.fail("ran")), /gone/);
  await assert.rejects(
    turns.run(new AbortController().signal, async () => {
      throw new Error("broken");
    }),
    /broken/,
  );
  assert.equal(await turns.run(new AbortController().signal, async () => "went on"), "went on");
});
