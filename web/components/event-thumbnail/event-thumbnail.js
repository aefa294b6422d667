// An event's picture, painted only when the answer names the event's camera.

import { h, paint, say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ApiProblem, MixUp, picture } from "../../model/api.js";
import { Turns } from "../../model/turns.js";

/** @import { House } from "../../model/house.js" */

const turns = new Turns(3);

export class EventThumbnail extends HouseElement {
  #event;
  #camera;
  #ready;
  #painted = false;
  // The words beside it say all that the picture is needed for.
  #canvas = h("canvas", { width: 320, height: 180, "aria-hidden": true });
  #words = h("span", { class: "words" });

  /**
   * @param {House} house @param {string} event @param {string} camera ids
   * @param {boolean} ready false while the event runs
   */
  constructor(house, event, camera, ready) {
    super(house);
    this.#event = event;
    this.#camera = camera;
    this.#ready = ready;
  }

  /** @override */
  appear() {
    this.dataset["camera"] = this.#camera;
    this.replaceChildren(this.#canvas, this.#words);
    if (!this.#ready) say(this.#words, "No picture yet");
    else if (!this.#painted) this.whenSeen("300px", () => this.#load());
  }

  /** The event ended: its best picture is known. */
  show() {
    this.#ready = true;
    if (this.isConnected) this.whenSeen("300px", () => this.#load());
  }

  async #load() {
    const signal = this.life;
    const path = `/events/${encodeURIComponent(this.#event)}/thumbnail.jpg`;
    try {
      const bitmap = await turns.run(signal, () => picture(path, this.#camera, signal));
      if (signal.aborted) return bitmap.close();
      paint(this.#canvas, bitmap);
      this.#painted = true;
      this.dataset["state"] = "painted";
      say(this.#words, "");
    } catch (error) {
      if (signal.aborted) return;
      const missing = error instanceof ApiProblem && (error.status === 404 || error.status === 409);
      this.dataset["state"] = error instanceof MixUp ? "refused" : "missing";
      if (error instanceof MixUp) console.error(`Hearth: thumbnail of another camera refused for event ${this.#event}`);
      say(
        this.#words,
        error instanceof MixUp ? error.message : missing ? "No picture" : "The picture couldn't be read",
      );
    }
  }
}

customElements.define("event-thumbnail", EventThumbnail);
