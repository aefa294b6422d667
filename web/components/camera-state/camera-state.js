// A camera's state: a word, and a dot for those who see it first.

import { say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { stateWord } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */

const notKnown = { word: "Not known", tone: "quiet" };

export class CameraState extends HouseElement {
  #id;

  /** @param {House} house @param {string} id */
  constructor(house, id) {
    super(house);
    this.#id = id;
  }

  /** @override */
  appear() {
    this.on("cameras", () => this.#draw());
    this.on("reachable", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const camera = this.house.cameras.get(this.#id);
    if (!camera) return;
    // What was last heard may no longer hold: nothing is claimed while the server doesn't answer.
    const { word, tone } = this.house.reachable ? stateWord(camera.state) : notKnown;
    this.dataset["tone"] = tone;
    say(this, word);
  }
}

customElements.define("camera-state", CameraState);
