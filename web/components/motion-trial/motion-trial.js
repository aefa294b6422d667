// How sensitive a camera is to motion: tried on what was recorded, and kept.

import { failure, h, say, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ApiProblem, ask } from "../../model/api.js";
import { lengthWords, reasonWords } from "../../model/events.js";
import { paths } from "../../model/route.js";
import {
  causeWords,
  countWords,
  outcomeWords,
  refusalWords,
  summaryWords,
  together,
  zoneWords,
} from "../../model/trial.js";
import { allows, sentence } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */
/** @import { Camera } from "../../model/types.js" */
/** @import { WatchFrom } from "../watch-from/watch-from.js" */
/** @import { Motion, Trial, Tried, Unreported } from "../../model/trial.js" */

const HALF_AN_HOUR = 30 * 60_000;
/** A camera that comes and goes leaves many spans: no more than these are looked at. */
const MOST_SPANS = 10;
/** Something is always not reported: hundreds in half an hour. */
const MOST_LISTED = 100;
/** The server looks at one after another, for all who ask. */
const PATIENCE = 180_000;

export class MotionTrial extends HouseElement {
  #camera;
  #watch;
  #path;
  /** What is set; null while it isn't known to who doesn't manage the camera. @type {number | null} */
  #set = null;
  #chosen = false;
  #slider = h("input", {
    id: "sensitivity",
    type: "range",
    min: 0,
    max: 100,
    value: 50,
    oninput: () => this.#choose(),
  });
  #value = h("b", {});
  #try = h("button", { onclick: () => this.#run() }, "Try on the last half hour");
  #keep = h(
    "button",
    { class: "strong", hidden: true, onclick: () => this.#store() },
    "Keep this sensitivity",
  );
  #words = h("p", { class: "explanation", role: "status" });
  #results = h("div", {});

  /** @param {House} house @param {Camera} camera @param {WatchFrom} watch shows what the camera has recorded */
  constructor(house, camera, watch) {
    super(house);
    this.#camera = camera;
    this.#watch = watch;
    this.#path = `/cameras/${encodeURIComponent(camera.id)}`;
  }

  /** @override */
  appear() {
    this.#load();
  }

  async #load() {
    this.replaceChildren(waiting());
    try {
      this.#build(this.#manages ? await this.#settings() : null);
    } catch (error) {
      if (this.life.aborted) return;
      this.replaceChildren(failure(`The settings couldn't be read. ${wordsOf(error)}`, () => this.#load()));
    }
  }

  get #manages() {
    return allows(this.#camera, "manage");
  }

  /** @returns {Promise<Motion>} */
  async #settings() {
    return (await ask("GET", this.#path, { signal: this.life })).settings.motion;
  }

  /** @param {Motion | null} motion */
  #build(motion) {
    if (motion) this.#know(motion.sensitivity);
    this.#draw();
    const zones = motion?.zones ?? [];
    this.replaceChildren(
      motion?.enabled === false ? h("p", {}, "Motion detection is off for this camera.") : "",
      h("p", {}, h("label", { for: "sensitivity" }, "Sensitivity"), " ", this.#value),
      this.#slider,
      h("p", { class: "quiet" }, "Higher values catch smaller, fainter motion, and more false alarms."),
      h("div", { class: "actions" }, allows(this.#camera, "playback") && this.#try, this.#keep),
      h("div", { class: "under" }, this.#words),
      this.#results,
      ...(zones.length > 0
        ? [h("h3", {}, "Zones"), h("ul", {}, ...zones.map((zone) => h("li", {}, zoneWords(zone, zones))))]
        : []),
    );
  }

  /** @param {number} sensitivity that is set */
  #know(sensitivity) {
    this.#set = sensitivity;
    if (!this.#chosen) this.#slider.value = String(sensitivity);
  }

  #choose() {
    this.#chosen = true;
    this.#draw();
  }

  #draw() {
    const isSet = this.#set === Number(this.#slider.value);
    const isKnown = this.#chosen || this.#set !== null;
    say(this.#value, isKnown ? `${this.#slider.value}${isSet ? ", as it is set" : ""}` : "as it is set");
    this.#slider.setAttribute("aria-valuetext", this.#value.textContent);
    this.#keep.hidden = !this.#manages || this.#set === null || isSet;
  }

  /**
   * Keeps both from being pressed, and the focus where it was.
   * @param {HTMLButtonElement} pressed @param {string} words @param {() => Promise<string>} work says how it went
   * @param {(status: number, message: string) => string} refusal
   */
  async #while(pressed, words, work, refusal) {
    this.#try.disabled = this.#keep.disabled = true;
    say(this.#words, words);
    try {
      words = await work();
    } catch (error) {
      words = refusal(error instanceof ApiProblem ? error.status : 0, wordsOf(error));
    }
    this.#try.disabled = this.#keep.disabled = false;
    if (this.life.aborted) return;
    this.#draw();
    if (document.activeElement === document.body || document.activeElement === pressed) {
      (pressed.hidden ? this.#slider : pressed).focus();
    }
    say(this.#words, words);
  }

  #run() {
    this.#results.replaceChildren();
    const sensitivity = this.#chosen ? Number(this.#slider.value) : undefined;
    return this.#while(this.#try, "Looking at the last half hour once more. It takes some ten seconds…", async () => {
      const to = this.house.now();
      /** @type {Trial[]} */
      const trials = [];
      /** @type {string | null} */
      let from = new Date(to - HALF_AN_HOUR).toISOString();
      while (from && trials.length < MOST_SPANS) {
        const body = { from, to: new Date(to).toISOString(), sensitivity };
        const trial = await this.#look(body, trials.length === 0);
        if (!trial) break;
        trials.push(trial);
        from = trial.next;
      }
      const { events, suppressed } = together(trials);
      if (this.life.aborted) return "";
      this.#show(events, suppressed);
      const rest = from && trials.length === MOST_SPANS
        ? ` What was recorded from ${this.#time(from)} on wasn't looked at.`
        : "";
      return `With ${trials[0]?.sensitivity}: ${summaryWords(events)}${rest}`;
    }, refusalWords);
  }

  /**
   * @param {object} body @param {boolean} isFirst
   * @returns {Promise<Trial | null>} null when there is no more
   */
  async #look(body, isFirst) {
    try {
      /** @type {Trial} */
      const trial = await ask("POST", `${this.#path}/replay`, { body, signal: this.life, patience: PATIENCE });
      if (!this.#chosen) this.#know(trial.sensitivity);
      return trial;
    } catch (error) {
      if (isFirst || !(error instanceof ApiProblem && error.status === 404)) throw error;
      return null;
    }
  }

  /** @param {Tried[]} events newest first @param {Unreported[]} suppressed */
  #show(events, suppressed) {
    this.#results.replaceChildren(
      h("ol", { class: "views sessions" }, ...events.map((event) => this.#row(event))),
      suppressed.length > 0
        ? h(
          "details",
          {},
          h("summary", {}, `What would not be reported, and why (${suppressed.length})`),
          h("p", { class: "quiet" }, countWords(suppressed)),
          h(
            "ol",
            { class: "views" },
            ...suppressed.slice(0, MOST_LISTED).map((one) => this.#line(one.start, causeWords(one), sentence(one.why))),
          ),
          suppressed.length > MOST_LISTED && h("p", { class: "quiet" }, `Only the latest ${MOST_LISTED} are listed.`),
        )
        : "",
    );
  }

  /** @param {Tried} event */
  #row(event) {
    const time = this.#time(event.start);
    const watch = () => this.#watch.goOn(Date.parse(event.start));
    const line = this.#line(event.start, outcomeWords(event), `${lengthWords(event)} · ${reasonWords(event)}`);
    line.append(
      event.id
        ? h("a", { class: "button", href: paths.event(event.id), "aria-label": `Event of ${time}` }, "Event")
        : h("button", { "aria-label": `Watch from ${time}`, onclick: watch }, "Watch"),
    );
    return line;
  }

  /** @param {string} start @param {string} words @param {string} more */
  #line(start, words, more) {
    return h(
      "li",
      {},
      h(
        "span",
        { class: "text" },
        h("span", {}, h("time", { datetime: start }, this.#time(start)), " ", h("b", {}, words)),
        h("span", { class: "quiet" }, more),
      ),
    );
  }

  /** @param {string} at */
  #time(at) {
    return this.house.clock.time(Date.parse(at));
  }

  async #store() {
    const sensitivity = Number(this.#slider.value);
    await this.#while(this.#keep, "Keeping it…", async () => {
      const body = { motion: { sensitivity } };
      const { settings } = await ask("PATCH", this.#path, { body, signal: this.life });
      this.#set = settings.motion.sensitivity;
      return `From now on the sensitivity is ${this.#set}.`;
    }, (_, message) => `It isn't kept. ${sentence(message)}`);
  }
}

customElements.define("motion-trial", MotionTrial);
