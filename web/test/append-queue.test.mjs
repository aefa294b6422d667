import assert from "node:assert/strict";
import { test } from "node:test";
import { AppendQueue } from "../live/append-queue.js";

/** Stands in for a SourceBuffer: `finish` ends what is under way. */
class Buffer extends EventTarget {
  updating = false;
  /** @type {number[][]} */
  appended = [];
  /** @type {[number, number][]} */
  removed = [];
  /** @type {Error | null} */
  refusal = null;

  /** @param {BufferSource} bytes */
  appendBuffer(bytes) {
    assert.equal(this.updating, false, "two appends at once");
    if (this.refusal) throw this.refusal;
    this.appended.push([.../** @type {Uint8Array} */ (bytes)]);
    this.updating = true;
  }

  /** @param {number} start @param {number} end */
  remove(start, end) {
    this.removed.push([start, end]);
    this.updating = true;
  }

  finish() {
    this.updating = false;
    this.dispatchEvent(new Event("updateend"));
  }
}

/** @param {{limitBytes?: number}} [options] */
function queueOver(options) {
  const buffer = new Buffer();
  /** @type {string[]} */
  const told = [];
  const queue = new AppendQueue(buffer, {
    appended: () => told.push("appended"),
    full: () => told.push("full"),
    failed: (error) => told.push(String(error)),
  }, options);
  return { buffer, queue, told };
}

/** @param {...number} values */
const bytes = (...values) => new Uint8Array(values);

test("one append is in flight; what waits meanwhile goes as one, in order", () => {
  const { buffer, queue } = queueOver();
  queue.push(bytes(1));
  queue.push(bytes(2, 3));
  queue.push(bytes(4));
  assert.deepEqual(buffer.appended, [[1]]);
  buffer.finish();
  assert.deepEqual(buffer.appended, [[1], [2, 3, 4]]);
});

test("a closed gate holds the bytes until it opens", () => {
  const { buffer, queue } = queueOver();
  queue.gate(false);
  queue.push(bytes(1));
  assert.deepEqual(buffer.appended, []);
  queue.gate(true);
  assert.deepEqual(buffer.appended, [[1]]);
});

test("a full browser is told of, and the same bytes go again after a removal", () => {
  const { buffer, queue, told } = queueOver();
  buffer.refusal = new DOMException("full", "QuotaExceededError");
  queue.push(bytes(1, 2));
  assert.deepEqual(told, ["full"]);
  buffer.refusal = null;
  queue.trim(5);
  assert.deepEqual(buffer.removed, [[0, 5]]);
  buffer.finish();
  assert.deepEqual(buffer.appended, [[1, 2]]);
});

test("more waiting than the limit fails instead of growing", () => {
  const { queue, told } = queueOver({ limitBytes: 3 });
  queue.gate(false);
  queue.push(bytes(1, 2));
  queue.push(bytes(3, 4));
  assert.deepEqual(told, ["Error: the browser takes no more pictures"]);
});

test("after closing nothing is appended and nothing told", () => {
  const { buffer, queue, told } = queueOver();
  queue.push(bytes(1));
  queue.close();
  buffer.finish();
  queue.push(bytes(2));
  assert.deepEqual(buffer.appended, [[1]]);
  assert.deepEqual(told, []);
});

test("a buffer that can't read its bytes fails once", () => {
  const { buffer, queue, told } = queueOver();
  queue.push(bytes(1));
  buffer.dispatchEvent(new Event("error"));
  buffer.finish();
  assert.deepEqual(told, ["Error: the browser couldn't read the pictures"]);
});
