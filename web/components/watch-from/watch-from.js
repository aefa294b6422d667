// Plays a camera's footage from a time of the house, or from a picture of its filmstrip.

import { ClipPlayer, videoPath } from "../clip-player/clip-player.js";
import { FilmStrip } from "../film-strip/film-strip.js";
import { FootageProtection } from "../footage-protection/footage-protection.js";
import { h, say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { covers } from "../../model/events.js";
import { allows } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */

const LENGTH = 10 * 60_000;

export class WatchFrom extends HouseElement {
  #id;
  #when = h("input", { id: "when", type: "datetime-local", step: 1, required: true });
  #words = h("p", { class: "problem", role: "alert" });
  #player = h("div", {});

  /** @param {House} house @param {string} id the camera's */
  constructor(house, id) {
    super(house);
    this.#id = id;
  }

  /** @override */
  appear() {
    this.#when.value = this.house.clock.local(this.house.now() - LENGTH);
    const strip = new FilmStrip(this.house, this.#id);
    strip.addEventListener("watch", (event) => {
      this.goOn(/** @type {CustomEvent<{at: number}>} */ (event).detail.at);
    });
    this.replaceChildren(
      strip,
      h(
        "form",
        { onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
        h("label", { for: "when" }, "Watch 10 minutes from"),
        this.#when,
        h("button", {}, "Watch"),
      ),
      this.#words,
      this.#player,
    );
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const from = this.house.clock.instant(this.#when.value);
    if (Number.isNaN(from)) return say(this.#words, "Choose a day and a time.");
    if (from >= this.house.now()) return say(this.#words, "That time hasn't come yet.");
    say(this.#words, "");
    this.#watch(from);
  }

  /** @param {number} from */
  #watch(from) {
    const to = Math.min(from + LENGTH, this.house.now());
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const when = this.house.clock.local(from).replace("T", " ").replaceAll(":", ".");
    const player = new ClipPlayer(this.house, {
      camera: this.#id,
      path: videoPath(this.#id, span.from, span.to, "main"),
      ...span,
      role: "main",
      fileName: `${this.house.nameOf(this.#id)} ${when}.mp4`,
    });
    const onward = h("p", { class: "actions" });
    player.addEventListener("span", (event) => {
      const { detail } = /** @type {CustomEvent<{to: string, next: string | null}>} */ (event);
      // A file ends where the camera's picture changed; the server names where it goes on.
      const next = Date.parse(detail.next ?? detail.to);
      onward.replaceChildren(
        h("button", { onclick: () => this.goOn(next) }, `Go on from ${this.house.clock.time(next)}`),
      );
    });
    const path = `/cameras/${encodeURIComponent(this.#id)}/protected?${new URLSearchParams(span)}`;
    const protection = new FootageProtection(this.house, path, ({ spans }) => covers(spans, span));
    this.#player.replaceChildren(player, protection, onward);
    const camera = this.house.cameras.get(this.#id);
    if (camera && allows(camera, "manage")) protection.ask("GET");
  }

  /** @param {number} from */
  goOn(from) {
    this.#when.value = this.house.clock.local(from);
    if (from >= this.house.now()) return say(this.#words, "That time hasn't come yet.");
    this.#watch(from);
    this.querySelector("clip-player")?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("watch-from", WatchFrom);
