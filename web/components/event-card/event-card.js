// One event in a list: its picture, when, where, how long, why.

import { EventThumbnail } from "../event-thumbnail/event-thumbnail.js";
import { h, say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { lengthWords, reasonWords } from "../../model/events.js";
import { paths } from "../../model/route.js";

/** @import { House } from "../../model/house.js" */
/** @import { Event as HouseEvent } from "../../model/types.js" */

export class EventCard extends HouseElement {
  event;
  #leaving;
  #thumbnail;
  #time = h("time", {});
  #camera = h("span", { class: "camera" });
  #length = h("span", { class: "length" });
  #why = h("span", { class: "why" });
  #mark = h("span", { class: "mark", hidden: true }, "Protected");

  /**
   * @param {House} house @param {HouseEvent} event
   * @param {{leaving: () => void}} tell leaving: the link is followed
   */
  constructor(house, event, { leaving }) {
    super(house);
    this.event = event;
    this.#leaving = leaving;
    this.#thumbnail = new EventThumbnail(house, event.id, event.camera, event.end !== null);
  }

  /** @override */
  appear() {
    this.setAttribute("role", "listitem");
    this.replaceChildren(
      h(
        "a",
        { href: paths.event(this.event.id), onclick: this.#leaving },
        this.#thumbnail,
        h(
          "span",
          { class: "text" },
          h("span", { class: "when" }, this.#time, this.#length),
          this.#camera,
          this.#why,
          this.#mark,
        ),
      ),
    );
    this.on("cameras", () => this.#draw());
    this.#draw();
  }

  /** @param {HouseEvent} event the same event, as it is now */
  update(event) {
    const ended = this.event.end === null && event.end !== null;
    this.event = event;
    this.#draw();
    if (ended) this.#thumbnail.show();
  }

  #draw() {
    const { event } = this;
    this.#time.dateTime = event.start;
    say(this.#time, this.house.clock.time(Date.parse(event.start)));
    say(this.#camera, this.house.nameOf(event.camera));
    say(this.#length, lengthWords(event));
    say(this.#why, reasonWords(event));
    this.#mark.hidden = !event.protected;
  }
}

customElements.define("event-card", EventCard);
