// Chooses of which camera a list is: one, or all.

import { h } from "../../dom.js";
import { HouseElement } from "../../house-element.js";

/** @import { House } from "../../model/house.js" */

export class CameraFilter extends HouseElement {
  #camera;
  #place;
  #select = h("select", { id: "camera" });

  /**
   * @param {House} house @param {string | null} camera
   * @param {(camera: string | null) => string} place the address of the list of that camera
   */
  constructor(house, camera, place) {
    super(house);
    this.#camera = camera;
    this.#place = place;
  }

  /** @override */
  appear() {
    this.replaceChildren(h("label", { for: "camera" }, "Camera"), this.#select);
    this.#select.addEventListener("change", () => {
      location.hash = this.#place(this.#select.value || null);
    }, { signal: this.life });
    this.on("cameras", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const cameras = this.house.list();
    const key = cameras.map(({ id, name }) => `${id} ${name}`).join("\n");
    if (this.#select.dataset["key"] === key) return; // An open list isn't pulled from under the finger.
    this.#select.dataset["key"] = key;
    this.#select.replaceChildren(
      h("option", { value: "" }, "All cameras"),
      ...cameras.map(({ id, name }) => h("option", { value: id }, name)),
    );
    this.#select.value = this.#camera ?? "";
  }
}

customElements.define("camera-filter", CameraFilter);
