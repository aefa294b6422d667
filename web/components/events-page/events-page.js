// All events of the house, or of one camera.

import { EventList } from "../event-list/event-list.js";
import { h, setTitle } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { paths } from "../../model/route.js";

/** @import { House } from "../../model/house.js" */

export class EventsPage extends HouseElement {
  #camera;
  #select = h("select", { id: "camera" });

  /** @param {House} house @param {string | null} camera */
  constructor(house, camera) {
    super(house);
    this.#camera = camera;
  }

  /** @override */
  appear() {
    setTitle("Events");
    this.replaceChildren(
      h(
        "div",
        { class: "heading" },
        h("h1", { tabindex: -1 }, "Events"),
        h("div", { class: "filter" }, h("label", { for: "camera" }, "Camera"), this.#select),
      ),
      new EventList(this.house, { camera: this.#camera, limit: 24, whole: true }),
    );
    this.#select.addEventListener("change", () => {
      location.hash = paths.events(this.#select.value || null);
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

customElements.define("events-page", EventsPage);
