// Feeds a SourceBuffer: one append at a time, in order, and never more waiting than the limit.

/**
 * The part of a SourceBuffer that is used, so that a test can stand in for it.
 * @typedef {"updating" | "appendBuffer" | "remove" | "addEventListener" | "removeEventListener"} Used
 * @typedef {Pick<SourceBuffer, Used>} Buffer
 */

const LIMIT_BYTES = 8 * 1024 * 1024;

export class AppendQueue {
  #buffer;
  #notify;
  #limitBytes;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #waiting = [];
  #waitingBytes = 0;
  #open = true;
  #closed = false;

  /**
   * @param {Buffer} buffer
   * @param {{appended: () => void, full: () => void, failed: (error: unknown) => void}} notify appended: after each
   *   append or removal; full: the browser has no room, remove something; failed: this queue is of no more use
   * @param {{limitBytes?: number}} [options]
   */
  constructor(buffer, notify, { limitBytes = LIMIT_BYTES } = {}) {
    this.#buffer = buffer;
    this.#notify = notify;
    this.#limitBytes = limitBytes;
    buffer.addEventListener("updateend", this.#done);
    buffer.addEventListener("error", this.#broken);
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  push(bytes) {
    if (this.#closed) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes > this.#limitBytes) return this.#fail(new Error("the browser takes no more pictures"));
    this.#pump();
  }

  /** ManagedMediaSource says when it wants bytes; between, they wait here. @param {boolean} open */
  gate(open) {
    this.#open = open;
    this.#pump();
  }

  /**
   * Forgets what lies before `end` seconds, unless something is under way: the next step asks again.
   * @param {number} end
   */
  trim(end) {
    if (this.#closed || this.#buffer.updating || end <= 0) return;
    this.#buffer.remove(0, end);
  }

  close() {
    this.#closed = true;
    this.#waiting = [];
    this.#buffer.removeEventListener("updateend", this.#done);
    this.#buffer.removeEventListener("error", this.#broken);
  }

  #done = () => {
    if (this.#closed) return;
    this.#notify.appended();
    this.#pump();
  };

  #broken = () => this.#fail(new Error("the browser couldn't read the pictures"));

  #pump() {
    if (this.#closed || !this.#open || this.#buffer.updating || this.#waiting.length === 0) return;
    const bytes = joined(this.#waiting, this.#waitingBytes);
    try {
      this.#buffer.appendBuffer(bytes);
      this.#waiting = [];
      this.#waitingBytes = 0;
    } catch (error) {
      // Kept, joined: goes again after the removal that `full` should start.
      this.#waiting = [bytes];
      if (error instanceof DOMException && error.name === "QuotaExceededError") this.#notify.full();
      else this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#closed) return;
    this.close();
    this.#notify.failed(error);
  }
}

/** @param {Uint8Array<ArrayBuffer>[]} pieces @param {number} length @returns {Uint8Array<ArrayBuffer>} */
function joined(pieces, length) {
  const only = pieces[0];
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}
