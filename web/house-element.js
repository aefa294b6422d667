// What every element of the page has in common: the house, and a life that ends when it leaves the page.

/** @import { House } from "./model/house.js" */

export class HouseElement extends HTMLElement {
  house;
  #life = new AbortController();

  /** @param {House} house */
  constructor(house) {
    super();
    this.house = house;
  }

  /** Aborted when the element leaves the page: listeners, requests and observers hang on it. */
  get life() {
    return this.#life.signal;
  }

  connectedCallback() {
    this.#life = new AbortController();
    this.appear();
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  /** Builds the element; may be called again after it was moved. */
  appear() {}

  /** Listens to the house. @param {string} type @param {(event: any) => void} listener */
  on(type, listener) {
    this.house.addEventListener(type, listener, { signal: this.life });
  }

  /**
   * Calls once, when the element comes near the view.
   * @param {string} margin @param {() => void} seen
   */
  whenSeen(margin, seen) {
    this.watchView(margin, (visible, stop) => {
      if (!visible) return;
      stop();
      seen();
    });
  }

  /** @param {string} margin @param {(visible: boolean, stop: () => void) => void} changed */
  watchView(margin, changed) {
    const observer = new IntersectionObserver((entries) => {
      changed(entries.at(-1)?.isIntersecting ?? false, () => observer.disconnect());
    }, { rootMargin: margin });
    observer.observe(this);
    this.life.addEventListener("abort", () => observer.disconnect());
  }
}
