// One camera on the wall. A tile belongs to one camera for its life.

import { CameraState } from "../camera-state/camera-state.js";
import { LivePicture } from "../live-picture/live-picture.js";
import { h, say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { paths } from "../../model/route.js";

/** @import { House } from "../../model/house.js" */

export class CameraTile extends HouseElement {
  #id;
  #link = h("a");

  /** @param {House} house @param {string} id */
  constructor(house, id) {
    super(house);
    this.#id = id;
  }

  /** @override */
  appear() {
    this.setAttribute("role", "listitem");
    this.#link.href = paths.camera(this.#id);
    this.replaceChildren(
      new LivePicture(this.house, this.#id, "small"),
      h("div", { class: "caption" }, h("h2", {}, this.#link), new CameraState(this.house, this.#id)),
    );
    this.on("cameras", () => this.#draw());
    this.#draw();
  }

  #draw() {
    say(this.#link, this.house.nameOf(this.#id));
  }
}

customElements.define("camera-tile", CameraTile);
