// Lets a few at a time through: a browser has six connections to a server, and the pictures must leave some.

export class Turns {
  #free;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {number} count how many at a time */
  constructor(count) {
    this.#free = count;
  }

  /**
   * Runs the work when it is its turn; not at all when the signal ended before.
   * @template T
   * @param {AbortSignal} signal
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(signal, work) {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise((/** @type {(value?: undefined) => void} */ turn) => this.#waiting.push(turn));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
