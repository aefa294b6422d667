// All events of the house, or of one camera.

import { CameraFilter } from "../camera-filter/camera-filter.js";
import { EventList } from "../event-list/event-list.js";
import { h, setTitle } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { paths } from "../../model/route.js";

/** @import { House } from "../../model/house.js" */

export class EventsPage extends HouseElement {
  #camera;

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
        new CameraFilter(this.house, this.#camera, paths.events),
      ),
      new EventList(this.house, { camera: this.#camera, limit: 24, whole: true }),
    );
  }
}

customElements.define("events-page", EventsPage);
