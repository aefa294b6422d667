// A camera's live picture. Decides when to be connected; live/player.js is one connection.
// It belongs to one camera for its life, and shows that camera, or words.

import { h, paint, say } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { LivePlayer, playsLive } from "../../live/player.js";
import { MixUp, picture } from "../../model/api.js";
import { Backoff } from "../../model/backoff.js";
import { codecName, liveRoles, streamOf } from "../../model/codecs.js";
import { allows, givesPictures, noPictureWords } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */
/** @import { Report } from "../../live/player.js" */
/** @import { StreamRole } from "../../model/types.js" */

const STILL_EVERY = 1500;
const REFUSED = "Pictures of another camera were refused.";

export class LivePicture extends HouseElement {
  #id;
  #size;
  #backoff = new Backoff();
  #visible = false;
  #refused = false;
  #sound = false;
  /** What the server said that holds until the camera's state changes. */
  #verdict = "";
  #verdictState = "";
  /** Streams whose exact codecs this browser turned out not to play. @type {Set<StreamRole>} */
  #unplayable = new Set();
  /** @type {LivePlayer | null} */
  #player = null;
  /** @type {AbortController | null} */
  #stills = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noteTimer;

  #video;
  #canvas = h("canvas", { hidden: true, role: "img" });
  #words = h("p", { class: "words" });
  #note = h("p", { class: "note", hidden: true });
  #play = h("button", { class: "play", hidden: true, onclick: () => this.#begin() }, "Play");

  /** @param {House} house @param {string} id @param {"small" | "large"} size */
  constructor(house, id, size) {
    super(house);
    this.#id = id;
    this.#size = size;
    this.#video = h("video", {
      "data-camera": id,
      muted: true,
      playsinline: true,
      disableremoteplayback: true,
      disablepictureinpicture: true,
    });
    this.#video.muted = true; // The attribute alone sets only the default.
    this.#video.disableRemotePlayback = true;
  }

  /** @override */
  appear() {
    this.replaceChildren(this.#video, this.#canvas, this.#words, this.#note, this.#play);
    this.watchView("120px", (visible) => {
      this.#visible = visible;
      this.#update();
    });
    document.addEventListener("visibilitychange", () => this.#update(), { signal: this.life });
    this.on("cameras", () => this.#update());
    this.on("reachable", () => {
      if (this.house.reachable) this.#retrySoon(0);
    });
    this.life.addEventListener("abort", () => this.#stop());
    this.#update();
  }

  /** The stream shown and why it isn't the better one, in words; empty when there is nothing to explain. */
  get explanation() {
    const main = streamOf(this.#camera ?? { streams: [] }, "main");
    if (this.#size === "small" || !main || this.#roles()[0] === "main") return "";
    const cannot = `This camera's main stream is ${codecName(main.codec)}, which this browser can't play.`;
    return this.#roles()[0] === "detect"
      ? `${cannot} You see its smaller detection stream; recording isn't affected.`
      : `${cannot} You see still pictures instead; recording isn't affected.`;
  }

  /** Whether sound can be asked for: it is recorded, and belongs to the stream that is shown. */
  get offersSound() {
    return this.#camera?.audio === true && this.#roles()[0] === "main";
  }

  get sound() {
    return this.#sound;
  }

  /** Connects anew, with sound or without. */
  set sound(on) {
    if (this.#sound === on) return;
    this.#sound = on;
    this.#video.muted = !on;
    this.#player?.close();
    this.#player = null;
    this.#update();
    this.dispatchEvent(new Event("explanation"));
  }

  get #camera() {
    return this.house.cameras.get(this.#id);
  }

  #roles() {
    const camera = this.#camera;
    return camera ? liveRoles(camera, this.#size, playsLive).filter((role) => !this.#unplayable.has(role)) : [];
  }

  #wanted() {
    const camera = this.#camera;
    return camera !== undefined && this.#visible && document.visibilityState === "visible" && !this.#refused &&
      this.#verdict === "" && givesPictures(camera) && allows(camera, "live");
  }

  #update() {
    const camera = this.#camera;
    if (!camera) return this.#stop();
    this.#video.setAttribute("aria-label", `${camera.name}, live`);
    this.#canvas.setAttribute("aria-label", `${camera.name}, a still picture`);
    if (this.#verdict && this.#verdictState !== camera.state) this.#verdict = "";
    if (!this.#wanted()) {
      this.#stop();
      const words = this.#refused
        ? REFUSED
        : noPictureWords(camera, this.house.clock, this.house.now()) || this.#verdict;
      if (words) this.#say(words, this.#refused ? "refused" : "none");
      return;
    }
    if (this.#player || this.#stills || this.#retry !== undefined) return;
    this.#connect();
  }

  #connect() {
    const camera = this.#camera;
    if (!camera) return;
    const [role] = this.#roles();
    if (!role) {
      this.#showStills();
      return;
    }
    if (this.dataset["state"] !== "lost") this.#say("Connecting…", "connecting");
    this.#video.dataset["stream"] = role;
    this.#player = new LivePlayer({
      video: this.#video,
      camera: this.#id,
      role,
      sound: this.#sound && this.offersSound,
      frameRate: streamOf(camera, role)?.frameRate ?? 0,
      report: (report) => this.#hear(report, role),
    });
  }

  /** @param {Report} report @param {StreamRole} role */
  #hear(report, role) {
    switch (report.kind) {
      case "playing":
        this.#backoff.reset();
        this.#play.hidden = true;
        return this.#say("", "live");
      case "quiet": // A still picture must not pass for a live one.
        return this.#say("No new pictures for some seconds.", "lost");
      case "soundless":
        this.sound = false;
        return this.#remark("The camera sends no sound at the moment.");
      case "blocked":
        this.#play.hidden = false;
        return this.#say("This browser waits for a tap before it plays.", "blocked");
      case "dropped":
        return this.#remark(`${report.count} pictures were left out: the line is slow.`);
      case "refused":
        this.#refused = true;
        this.#player = null;
        console.error(`Hearth: live message of another camera refused in the tile of ${this.#id}`);
        return this.#say(REFUSED, "refused");
      case "unsupported":
        this.#player = null;
        this.#unplayable.add(role);
        this.dispatchEvent(new Event("explanation"));
        return this.#update();
      case "lost":
        this.#player = null;
        return this.#lost(report.error, report.final);
    }
  }

  /** @param {string} error @param {boolean} final */
  #lost(error, final) {
    if (final) {
      this.#verdict = "This camera isn't there, or isn't yours to watch.";
      this.#verdictState = this.#camera?.state ?? "";
      return this.#update();
    }
    const words = error === "offline"
      ? "The camera sends no pictures at the moment. Trying again…"
      : error === "silent" || error === "stuck"
      ? "The pictures stopped. Connecting again…"
      : "The connection was lost. Connecting again…";
    this.#say(words, "lost");
    if (error === "closed") this.house.check();
    this.#retrySoon(this.#backoff.next());
  }

  /** @param {number} wait milliseconds */
  #retrySoon(wait) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#update();
    }, wait);
  }

  #stop() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#player?.close();
    this.#player = null;
    this.#stills?.abort();
    this.#stills = null;
    this.#play.hidden = true;
    if (this.dataset["state"] === "live") this.#say("Paused while out of view.", "paused");
  }

  #begin() {
    this.#video.play().then(() => this.#hear({ kind: "playing" }, "main"), () => {});
  }

  /** Where no stream can be played: single pictures, for as long as the tile is looked at. */
  async #showStills() {
    const stills = new AbortController();
    this.#stills = stills;
    const address = `/cameras/${encodeURIComponent(this.#id)}/snapshot.jpg`;
    try {
      while (!stills.signal.aborted) {
        const bitmap = await picture(address, this.#id, stills.signal);
        if (stills.signal.aborted) return;
        paint(this.#canvas, bitmap);
        this.#canvas.hidden = false;
        this.#say("", "stills");
        await new Promise((done) => setTimeout(done, STILL_EVERY));
      }
    } catch (error) {
      if (stills.signal.aborted) return;
      this.#stills = null;
      if (error instanceof MixUp) {
        this.#canvas.hidden = true;
        this.#hear({ kind: "refused" }, "main");
      } else {
        this.#lost("offline", false);
      }
    }
  }

  /** @param {string} words @param {string} state for styling, and for tests */
  #say(words, state) {
    this.dataset["state"] = state;
    say(this.#words, words);
  }

  /** @param {string} words */
  #remark(words) {
    say(this.#note, words);
    this.#note.hidden = false;
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => {
      this.#note.hidden = true;
    }, 6000);
  }
}

customElements.define("live-picture", LivePicture);
