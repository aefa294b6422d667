// How long to wait before asking again.

/** Doubling waits with jitter, so that a house full of tiles doesn't ask in one breath when the server is back. */
export class Backoff {
  #first;
  #longest;
  #chance;
  #tries = 0;

  /**
   * @param {{first?: number, longest?: number, chance?: () => number}} [options] milliseconds; chance gives 0 to 1
   */
  constructor({ first = 1000, longest = 15000, chance = Math.random } = {}) {
    this.#first = first;
    this.#longest = longest;
    this.#chance = chance;
  }

  /** The next wait in milliseconds: between half and the whole of the doubled wait. */
  next() {
    const whole = Math.min(this.#longest, this.#first * 2 ** this.#tries);
    this.#tries += 1;
    return Math.round(whole * (0.5 + this.#chance() / 2));
  }

  reset() {
    this.#tries = 0;
  }
}
