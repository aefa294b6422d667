// One event: its clip, and what is known of it.

import { ClipPlayer } from "../clip-player/clip-player.js";
import { FootageProtection } from "../footage-protection/footage-protection.js";
import { failure, h, say, setTitle, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ApiProblem, ask } from "../../model/api.js";
import { lengthWords, reasonWords } from "../../model/events.js";
import { paths } from "../../model/route.js";
import { allows } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */
/** @import { Event as HouseEvent } from "../../model/types.js" */

export class EventPage extends HouseElement {
  #id;
  /** @type {HouseEvent | null} */
  #event = null;
  #heading = h("h1", { tabindex: -1 }, "Event");
  #facts = h("p", { class: "facts" });
  #protection;
  #body = h("div", { class: "body" });
  #beside = h("nav", { class: "beside", "aria-label": "Events beside this one" });

  /** @param {House} house @param {string} id */
  constructor(house, id) {
    super(house);
    this.#id = id;
    const path = `/events/${encodeURIComponent(id)}/protection`;
    this.#protection = new FootageProtection(house, path, (event) => event.protected);
    this.#protection.addEventListener("answer", (answer) => {
      this.#show(/** @type {CustomEvent<HouseEvent>} */ (answer).detail);
    });
  }

  /** @override */
  appear() {
    setTitle("Event");
    this.replaceChildren(
      h("p", { class: "back" }, h("a", { href: paths.events() }, "Back to events")),
      this.#heading,
      h("p", { class: "line" }, this.#facts, this.#protection),
      this.#body,
      this.#beside,
    );
    this.on("event", (event) => {
      const { detail } = /** @type {CustomEvent<HouseEvent>} */ (event);
      if (detail.id === this.#id) this.#show(detail);
    });
    this.on("cameras", () => this.#draw());
    this.#load();
  }

  async #load() {
    this.#body.replaceChildren(waiting());
    try {
      this.#show(await ask("GET", `/events/${encodeURIComponent(this.#id)}`, { signal: this.life }));
    } catch (error) {
      if (this.life.aborted) return;
      const gone = error instanceof ApiProblem && error.status === 404;
      this.#body.replaceChildren(
        gone
          ? failure("This event isn't there: it was deleted when its time was over, or it isn't yours to see.")
          : failure(`The event couldn't be read. ${wordsOf(error)}`, () => this.#load()),
      );
    }
  }

  /** @param {HouseEvent} event */
  #show(event) {
    const before = this.#event;
    this.#event = event;
    this.#draw();
    if (event.end === null) {
      this.#body.replaceChildren(
        h(
          "div",
          { class: "notice" },
          h("p", {}, "Something still moves here. The clip can be played when the event has ended."),
          h("p", {}, h("a", { href: paths.camera(event.camera) }, "Watch the camera live")),
        ),
      );
    } else if (!before || before.end === null) {
      this.#body.replaceChildren(
        new ClipPlayer(this.house, {
          camera: event.camera,
          path: `/events/${encodeURIComponent(event.id)}/clip.mp4`,
          from: event.start,
          to: event.end,
          role: "main",
          fileName: this.#fileName(event),
        }),
      );
    }
    this.#drawBeside();
  }

  #draw() {
    const event = this.#event;
    if (!event) return;
    const { clock } = this.house;
    const start = Date.parse(event.start);
    const name = this.house.nameOf(event.camera);
    setTitle(`${name}, ${clock.time(start)}`);
    this.#heading.replaceChildren(
      this.house.cameras.has(event.camera) ? h("a", { href: paths.camera(event.camera) }, name) : name,
      `, ${clock.time(start)}`,
    );
    say(this.#facts, [clock.dayWords(start, this.house.now()), lengthWords(event), reasonWords(event)].join(" · "));
    const camera = this.house.cameras.get(event.camera);
    this.#protection.take(event, camera !== undefined && allows(camera, "manage"));
  }

  /** The events that stood beside it in the list it was chosen from. */
  #drawBeside() {
    const lists = [...this.house.remembered.values()];
    const list = lists.find(({ events }) => events.some(({ id }) => id === this.#id))?.events ?? [];
    const index = list.findIndex(({ id }) => id === this.#id);
    const link = (/** @type {HouseEvent | undefined} */ event, /** @type {string} */ words) =>
      event && h("a", { href: paths.event(event.id), class: "button" }, words);
    this.#beside.replaceChildren(...[link(list[index - 1], "Newer event"), link(list[index + 1], "Older event")]
      .filter((node) => node !== undefined));
    this.#beside.hidden = this.#beside.children.length === 0;
  }

  /** @param {HouseEvent} event */
  #fileName(event) {
    const when = this.house.clock.local(Date.parse(event.start)).replace("T", " ").replaceAll(":", ".");
    return `${this.house.nameOf(event.camera)} ${when}.mp4`;
  }
}

customElements.define("event-page", EventPage);
