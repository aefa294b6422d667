// How to stay near the live edge. Decides from numbers alone; the player does what is decided.

/** @typedef {{seek: number | null, rate: number, trim: number | null}} Step seconds on the media's axis */

const JUMP_BEHIND = 1;
const JUMP_BEHIND_WITHOUT_RATE = 0.5;
const KEEP_BEHIND = 10;
const TRIM_AT = 20;
const LONGEST_SLACK = 0.06;
const CALM = 5;
const RATE_STEP = 0.05;

/**
 * The buffer ahead, measured right after an append, is one frame when playing has just used up the one before. A little
 * slack covers uneven arrival: each time playing starved it grows, and shrinks again after a calm while. It stays
 * small: a starved browser shows the next picture when it comes, which for a live view is better than a steady delay.
 */
export class Pace {
  #frame;
  #changesRate;
  #slack;
  #calmSince = 0;
  #chasing = false;
  /** @type {number[]} */
  #recent = [];

  /**
   * @param {{frameSeconds?: number, changesRate?: boolean}} [options] changesRate: false where a new playbackRate
   *   makes the browser buffer anew (WebKit): there only jumps are used
   */
  constructor({ frameSeconds = 0.04, changesRate = true } = {}) {
    this.#frame = frameSeconds;
    this.#changesRate = changesRate;
    this.#slack = this.#leastSlack;
  }

  get #leastSlack() {
    return Math.min(0.02, this.#frame / 2);
  }

  /** Seconds that should lie ahead right after an append. */
  get target() {
    return this.#frame + this.#slack;
  }

  /** Playing ran out of pictures. @param {number} now seconds, any steady clock */
  starved(now) {
    this.#slack = Math.min(LONGEST_SLACK, this.#slack + this.#frame / 2);
    this.#calmSince = now;
    this.#recent = [];
  }

  /**
   * @param {{start: number, end: number}[]} buffered
   * @param {number} at where playing is
   * @param {number} now seconds, any steady clock
   * @returns {Step}
   */
  step(buffered, at, now) {
    const first = buffered[0];
    const last = buffered.at(-1);
    if (!first || !last) return { seek: null, rate: 1, trim: null };
    this.#relax(now);

    const edge = Math.max(last.start, last.end - this.target);
    // Before the last range: nothing was played yet, or pictures were dropped and a hole lies ahead.
    if (at < last.start || at > last.end + 1) return this.#jump(edge);
    const ahead = last.end - at;
    if (ahead > (this.#changesRate ? JUMP_BEHIND : JUMP_BEHIND_WITHOUT_RATE)) return this.#jump(edge);

    const trim = at - first.start > TRIM_AT ? at - KEEP_BEHIND : null;
    return { seek: null, rate: this.#changesRate ? this.#rate(ahead) : 1, trim };
  }

  /** @param {number} edge @returns {Step} */
  #jump(edge) {
    this.#recent = [];
    this.#chasing = false;
    return { seek: edge, rate: 1, trim: null };
  }

  /** The least of the last few measures tells a true delay from a burst that arrived at once. @param {number} ahead */
  #rate(ahead) {
    this.#recent.push(ahead);
    if (this.#recent.length > 8) this.#recent.shift();
    const excess = Math.min(...this.#recent) - this.target;
    if (excess > this.#frame / 4 && this.#recent.length === 8) this.#chasing = true;
    if (ahead <= this.target) this.#chasing = false;
    if (!this.#chasing) return 1;
    // Half a second makes up for what a stall of any length cost; in steps, so that the rate isn't set at each frame.
    return 1 + Math.min(10, Math.max(1, Math.round(excess * 2 / RATE_STEP))) * RATE_STEP;
  }

  /** @param {number} now */
  #relax(now) {
    if (now - this.#calmSince < CALM) return;
    this.#calmSince = now;
    this.#slack = Math.max(this.#leastSlack, this.#slack - this.#frame / 4);
  }
}
