// One camera: large and live, what is known of it, its latest events, its footage from a time.

import { CameraState } from "../camera-state/camera-state.js";
import { EventList } from "../event-list/event-list.js";
import { LivePicture } from "../live-picture/live-picture.js";
import { WatchFrom } from "../watch-from/watch-from.js";
import { failure, h, say, setTitle, waiting } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { streamWords } from "../../model/codecs.js";
import { paths } from "../../model/route.js";
import { allows, capital, sentence, strangerWords } from "../../model/words.js";

/** @import { Camera } from "../../model/types.js" */

/** @import { House } from "../../model/house.js" */

const recordWords = /** @type {Record<string, string>} */ ({
  continuous: "All the time",
  motion: "When something moves",
  off: "Nothing is recorded",
});

export class CameraPage extends HouseElement {
  #id;
  #heading = h("h1", { tabindex: -1 }, "Camera");
  #body = h("div", {});
  #stranger = h("div", { class: "notice", role: "status", hidden: true });
  #explanation = h("p", { class: "explanation", role: "status" });
  #facts = h("dl", {});
  #notes = h("div", {});
  #sound = h("button", { hidden: true, onclick: () => this.#toggleSound() }, "Sound");
  /** @type {LivePicture | null} */
  #live = null;

  /** @param {House} house @param {string} id */
  constructor(house, id) {
    super(house);
    this.#id = id;
  }

  /** @override */
  appear() {
    this.#live = null;
    setTitle("Camera");
    this.replaceChildren(
      h("p", { class: "back" }, h("a", { href: paths.wall() }, "Back to wall")),
      h("div", { class: "heading" }, this.#heading, new CameraState(this.house, this.#id)),
      this.#body,
    );
    this.on("cameras", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const camera = this.house.cameras.get(this.#id);
    if (!camera) {
      this.#live = null;
      return this.#body.replaceChildren(
        this.house.camerasKnown ? failure("This camera isn't there, or isn't yours to see.") : waiting(),
      );
    }
    if (!this.#live) this.#build(camera);
    setTitle(camera.name);
    say(this.#heading, camera.name);
    this.#drawStranger(camera);
    this.#drawFacts(camera);
  }

  /** @param {Camera} camera */
  #build(camera) {
    const live = new LivePicture(this.house, this.#id, "large");
    live.addEventListener("explanation", () => this.#draw());
    this.#live = live;
    const mayPlay = allows(camera, "playback");
    const watch = new WatchFrom(this.house, this.#id);
    this.#body.replaceChildren(
      this.#stranger,
      live,
      h(
        "div",
        { class: "under" },
        this.#explanation,
        this.#sound,
        document.fullscreenEnabled &&
          h("button", { onclick: () => live.requestFullscreen() }, "Full screen"),
      ),
      h(
        "div",
        { class: "columns" },
        h("section", {}, h("h2", {}, "About"), this.#facts, this.#notes),
        mayPlay && h("section", {}, h("h2", {}, "Recorded"), watch),
      ),
      mayPlay
        ? h(
          "section",
          {},
          h("h2", {}, "Latest events"),
          new EventList(this.house, { camera: this.#id, limit: 8, whole: false }),
          h("p", {}, h("a", { href: paths.events(this.#id) }, "All events of this camera")),
        )
        : "",
    );
    if (!mayPlay && !allows(camera, "manage")) return;
    const trial = h("section", {}, h("h2", {}, "Motion"));
    this.#body.append(trial);
    import("../motion-trial/motion-trial.js").then(
      ({ MotionTrial }) => trial.append(new MotionTrial(this.house, camera, watch)),
      () => trial.append(failure("This couldn't be read.")),
    );
  }

  #toggleSound() {
    if (this.#live) this.#live.sound = !this.#live.sound;
  }

  /** @param {Camera} camera */
  #drawStranger(camera) {
    const lines = strangerWords(camera, (id) => this.house.nameOf(id));
    const key = JSON.stringify(lines);
    this.#stranger.hidden = lines.length === 0;
    if (this.#stranger.dataset["key"] === key) return;
    this.#stranger.dataset["key"] = key;
    this.#stranger.replaceChildren(
      ...lines.map(({ text, command }) => h("p", {}, text, command && " ", command && h("code", {}, command))),
    );
  }

  /** @param {Camera} camera */
  #drawFacts(camera) {
    const { clock } = this.house;
    say(this.#explanation, this.#live?.explanation ?? "");
    this.#sound.hidden = !this.#live?.offersSound;
    say(this.#sound, this.#live?.sound ? "Turn sound off" : "Turn sound on");
    const rows = [];
    if (camera.since) rows.push(["Since", capital(clock.momentWords(Date.parse(camera.since), this.house.now()))]);
    if (camera.cause) rows.push(["Cause", sentence(camera.cause)]);
    for (const stream of camera.streams ?? []) {
      rows.push([stream.role === "main" ? "Main stream" : "Detection stream", streamWords(stream)]);
    }
    if (camera.record) rows.push(["Recorded", recordWords[camera.record] ?? camera.record]);
    if (camera.audio !== undefined) rows.push(["Sound", camera.audio ? "Recorded" : "Not recorded"]);
    const key = JSON.stringify([rows, camera.notes]);
    if (this.#facts.dataset["key"] === key) return;
    this.#facts.dataset["key"] = key;
    this.#facts.replaceChildren(...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    const notes = camera.notes ?? [];
    this.#notes.replaceChildren(
      ...(notes.length > 0
        ? [h("h3", {}, "Notes"), h("ul", {}, ...notes.map((note) => h("li", {}, sentence(note))))]
        : []),
    );
  }
}

customElements.define("camera-page", CameraPage);
