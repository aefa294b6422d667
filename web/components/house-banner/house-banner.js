// Says that the server is gone, and that it is being asked for.

import { h } from "../../dom.js";
import { HouseElement } from "../../house-element.js";

export class HouseBanner extends HouseElement {
  /** @override */
  appear() {
    this.setAttribute("role", "status");
    this.on("reachable", () => this.#draw());
    this.#draw();
  }

  #draw() {
    this.replaceChildren();
    if (this.house.reachable) return;
    this.append(h("p", {}, "Hearth doesn't answer. Trying again…"));
  }
}

customElements.define("house-banner", HouseBanner);
