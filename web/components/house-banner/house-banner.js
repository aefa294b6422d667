// Says that the server is gone and is being asked for, and to an owner that something was refused for its identity.

import { h } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { sentence } from "../../model/words.js";

export class HouseBanner extends HouseElement {
  /** @override */
  appear() {
    this.setAttribute("role", "status");
    this.on("reachable", () => this.#draw());
    this.on("session", () => this.#draw());
    this.on("cameras", () => this.#draw());
    this.on("alarms", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const { alarms, reachable } = this.house;
    const newest = alarms.at(-1);
    const name = newest?.camera ? this.house.nameOf(newest.camera) : "This Hearth";
    const key = `${reachable} ${alarms.length} ${newest?.at} ${name}`;
    if (this.dataset["key"] === key) return; // A screen reader reads what changes.
    this.dataset["key"] = key;
    this.replaceChildren();
    if (!reachable) this.append(h("p", {}, "Hearth doesn't answer. Trying again…"));
    if (!newest) return;
    const when = this.house.clock.momentWords(Date.parse(newest.at), this.house.now());
    const more = alarms.length > 1 ? ` ${alarms.length} such alarms in all.` : "";
    this.append(
      h(
        "p",
        { class: "alarm" },
        `${name}, ${when}: ${sentence(newest.what)}${more} `,
        h("button", { class: "plain", onclick: () => this.house.dismissAlarms() }, "Seen"),
      ),
    );
  }
}

customElements.define("house-banner", HouseBanner);
