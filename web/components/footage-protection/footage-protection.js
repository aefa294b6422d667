// Protects footage from every rule, or gives it free.

import { failure, h, say, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ask } from "../../model/api.js";

/** @import { House } from "../../model/house.js" */

export class FootageProtection extends HouseElement {
  #path;
  #read;
  #on = false;
  #mark = h("span", { class: "mark", hidden: true }, "Protected");
  #keep = h("button", { hidden: true, onclick: () => this.ask(this.#on ? "DELETE" : "PUT") });

  /**
   * @param {House} house @param {string} path to put, and to delete
   * @param {(answer: any) => boolean} read whether all of it is
   */
  constructor(house, path, read) {
    super(house);
    this.#path = path;
    this.#read = read;
  }

  /** @param {any} answer @param {boolean} mayChange */
  take(answer, mayChange) {
    this.#on = this.#read(answer);
    this.#mark.hidden = !this.#on;
    this.#keep.hidden = !mayChange;
    say(this.#keep, this.#on ? "No longer protect it" : "Protect it");
    // What is pressed keeps the focus.
    if (this.firstChild !== this.#mark) this.replaceChildren(this.#mark, this.#keep);
  }

  /** @param {"GET" | "PUT" | "DELETE"} method */
  async ask(method) {
    try {
      const detail = await ask(method, this.#path, { signal: this.life });
      this.take(detail, true);
      this.dispatchEvent(new CustomEvent("answer", { detail }));
    } catch (error) {
      if (!this.life.aborted) this.replaceChildren(failure(`That didn't work. ${wordsOf(error)}`, () => this.ask(method)));
    }
  }
}

customElements.define("footage-protection", FootageProtection);
