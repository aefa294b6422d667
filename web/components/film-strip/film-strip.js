// A camera's day in small pictures: drawn along with a finger, and played from where it stops.

import { failure, h, paint, say, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ask, MixUp, picture } from "../../model/api.js";
import { Turns } from "../../model/turns.js";

/** @import { House } from "../../model/house.js" */

const MOST = 500;
/** How far apart pictures are taken, at least. */
const SPACING = 10_000;
const HALF_A_DAY = 12 * 3_600_000;
// The browser's other connections are for the video.
const turns = new Turns(2);

export class FilmStrip extends HouseElement {
  #id;
  /** When there is a picture, as the server wrote it: that is its name. @type {string[]} */
  #times = [];
  /** Of the day that is shown now. */
  #shown = new AbortController();
  /** Which picture is asked for, and whether one is on its way. */
  #wanted = 0;
  #busy = false;
  #day = h("input", { id: "strip-day", type: "date", required: true, onchange: () => this.#showDay() });
  #canvas = h("canvas", { width: 240, height: 135, "aria-hidden": true });
  #words = h("p", { class: "words", role: "status" });
  #time = h("time", {});
  #slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Time of the day", oninput: () => this.#scrub() });
  #watch = h("button", { onclick: () => this.#pick(this.#wanted) }, "Watch from here");
  #few = h("div", { class: "few" });
  #body = h("div", {});

  /** @param {House} house @param {string} id the camera's */
  constructor(house, id) {
    super(house);
    this.#id = id;
  }

  /** @override */
  appear() {
    this.dataset["camera"] = this.#id;
    this.#day.value = this.#day.max = this.house.clock.dayKey(this.house.now());
    this.replaceChildren(h("p", { class: "day" }, h("label", { for: "strip-day" }, "Look through"), this.#day), this.#body);
    this.life.addEventListener("abort", () => this.#shown.abort());
    this.#body.replaceChildren(waiting());
    this.whenSeen("200px", () => this.#showDay());
  }

  async #showDay() {
    this.#shown.abort();
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    const { clock } = this.house;
    const from = clock.instant(`${this.#day.value}T00:00:00`);
    if (Number.isNaN(from)) return this.#body.replaceChildren(h("p", { class: "problem" }, "Choose a day."));
    // Noon and a day later is always tomorrow, however long this day is.
    const next = clock.instant(`${clock.dayKey(from + 3 * HALF_A_DAY)}T00:00:00`);
    try {
      const times = await this.#list(from, Math.min(next, Math.max(this.house.now(), from + 1)), signal);
      if (signal.aborted) return;
      this.#times = times;
      this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      this.#body.replaceChildren(
        failure(
          error instanceof MixUp ? error.message : `The pictures couldn't be read. ${wordsOf(error)}`,
          () => this.#showDay(),
        ),
      );
    }
  }

  /** @param {number} from @param {number} to @param {AbortSignal} signal @returns {Promise<string[]>} */
  async #list(from, to, signal) {
    const query = new URLSearchParams({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      limit: String(MOST),
    });
    const { camera, pictures } = await ask("GET", `/cameras/${encodeURIComponent(this.#id)}/filmstrip?${query}`, { signal });
    if (camera !== this.#id) throw new MixUp();
    const part = (to - from) / MOST;
    const [first, end] = [Date.parse(pictures[0]), Math.min(to, Date.parse(pictures.at(-1)) + part)];
    // Of a short time the parts can be finer, until each picture has its own.
    if (part > SPACING && end - first < (to - from) / 2) return this.#list(first, Math.ceil(end), signal);
    return pictures;
  }

  #draw() {
    const last = this.#times.length - 1;
    if (last < 0) return this.#body.replaceChildren(h("p", { class: "quiet" }, "There are no pictures of this day."));
    this.#slider.max = String(last);
    this.#slider.value = String(last);
    this.#body.replaceChildren(
      h("div", { class: "screen" }, this.#canvas, this.#words, this.#time),
      this.#slider,
      h("p", { class: "actions" }, this.#watch),
      this.#few,
    );
    const count = Math.min(last + 1, matchMedia("(min-width: 40rem)").matches ? 8 : 4);
    const indexes = Array.from({ length: count }, (_, at) => Math.round((at + 0.5) * (last + 1) / count - 0.5));
    this.#few.replaceChildren(...indexes.map((index) => this.#small(index)));
    this.#scrub();
  }

  /** One of some pictures along the day. @param {number} index */
  #small(index) {
    const canvas = h("canvas", { width: 240, height: 135, "aria-hidden": true });
    const words = this.#wordsOf(index);
    const button = h("button", { onclick: () => this.#pick(index) }, canvas, h("time", {}, words.slice(0, 5)));
    button.setAttribute("aria-label", `Watch from ${words}`);
    this.#load(index, this.#shown.signal).then((bitmap) => bitmap && paint(canvas, bitmap), () => {
      // Its time stands there still; the large picture says what is wrong.
    });
    return button;
  }

  #scrub() {
    this.#wanted = Number(this.#slider.value);
    const words = this.#wordsOf(this.#wanted);
    say(this.#time, words);
    say(this.#watch, `Watch from ${words}`);
    this.#slider.setAttribute("aria-valuetext", words);
    if (!this.#busy) this.#follow();
  }

  /** Shows the picture that is wanted, and then what is wanted by then: never a queue of them. */
  async #follow() {
    this.#busy = true;
    const { signal } = this.#shown;
    for (let index = -1; index !== this.#wanted && !signal.aborted;) {
      index = this.#wanted;
      try {
        const bitmap = await this.#load(index, signal);
        if (!bitmap) break;
        paint(this.#canvas, bitmap);
        this.dataset["state"] = "painted";
        this.dataset["shown"] = this.#times[index] ?? "";
        say(this.#words, "");
      } catch (error) {
        if (signal.aborted) break;
        const refused = error instanceof MixUp;
        if (refused) console.error(`Hearth: filmstrip of another camera refused for ${this.#id}`);
        this.dataset["state"] = refused ? "refused" : "missing";
        say(this.#words, refused ? error.message : "This picture couldn't be read");
      }
    }
    this.#busy = false;
    // Another day was chosen meanwhile.
    if (signal.aborted && !this.#shown.signal.aborted && this.#times.length > 0) this.#follow();
  }

  /** @param {number} index @param {AbortSignal} signal @returns {Promise<ImageBitmap | null>} null when it is too late */
  async #load(index, signal) {
    const query = new URLSearchParams({ at: this.#times[index] ?? "" });
    const path = `/cameras/${encodeURIComponent(this.#id)}/filmstrip.jpg?${query}`;
    const bitmap = await turns.run(signal, () => picture(path, this.#id, signal));
    if (!signal.aborted) return bitmap;
    bitmap.close();
    return null;
  }

  /** @param {number} index */
  #wordsOf(index) {
    return this.house.clock.time(Date.parse(this.#times[index] ?? ""));
  }

  /** @param {number} index */
  #pick(index) {
    if (this.#wanted !== index) {
      this.#slider.value = String(index);
      this.#scrub();
    }
    this.dispatchEvent(new CustomEvent("watch", { detail: { at: Date.parse(this.#times[index] ?? "") } }));
  }
}

customElements.define("film-strip", FilmStrip);
