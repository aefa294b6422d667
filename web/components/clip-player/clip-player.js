// Recorded video: played where this browser can, explained in words where it can't.

import { failure, h, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ApiProblem, ask, MixUp, videoHead } from "../../model/api.js";
import { codecName, mimeType, streamOf } from "../../model/codecs.js";
import { allows, coverageWords, sentence } from "../../model/words.js";

/** @import { House } from "../../model/house.js" */
/** @import { StreamRole } from "../../model/types.js" */

/**
 * The address of a span of a camera's footage, below /api/v1.
 * @param {string} camera @param {string} from @param {string} to @param {StreamRole} role
 */
export function videoPath(camera, from, to, role) {
  const query = new URLSearchParams({ from, to });
  if (role !== "main") query.set("stream", role);
  return `/cameras/${encodeURIComponent(camera)}/video.mp4?${query}`;
}

/**
 * @typedef {object} Clip
 * @property {string} camera id
 * @property {string} path below /api/v1
 * @property {string} from RFC 3339, as is `to`: the span that was asked for
 * @property {string} to
 * @property {StreamRole} role
 * @property {string} fileName for a download
 */

const WRITTEN_SOON = 3000;

export class ClipPlayer extends HouseElement {
  #clip;
  /** Of the clip that is shown now. */
  #shown = new AbortController();
  #screen = h("div", { class: "screen" });
  #actions = h("p", { class: "actions" });

  /** @param {House} house @param {Clip} clip */
  constructor(house, clip) {
    super(house);
    this.#clip = clip;
  }

  /** @override */
  appear() {
    this.replaceChildren(this.#screen, this.#actions);
    this.life.addEventListener("abort", () => {
      this.#shown.abort();
      this.#unload();
    });
    this.#show(this.#clip);
  }

  /** @param {Clip} clip */
  async #show(clip) {
    this.#unload();
    this.#shown.abort();
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    this.#screen.replaceChildren(waiting());
    try {
      const head = await videoHead(clip.path, clip.camera, signal);
      if (signal.aborted) return;
      const span = { ...clip, from: head.from ?? clip.from, to: head.to ?? clip.to };
      this.#drawActions(span);
      this.dispatchEvent(new CustomEvent("span", { detail: { to: span.to, next: head.next } }));
      const codec = this.#codec(clip.role);
      if (codec && !canPlay(codec)) this.#explain(span, codec);
      else this.#play(span, head.address, signal);
    } catch (error) {
      if (!signal.aborted) await this.#fail(clip, error, signal);
    }
  }

  /** @param {Clip} clip @param {string} address @param {AbortSignal} signal */
  #play(clip, address, signal) {
    const video = h("video", {
      controls: true,
      playsinline: true,
      preload: "auto",
      "data-camera": clip.camera,
      "data-stream": clip.role,
      "aria-label": `${this.house.nameOf(clip.camera)}, recorded`,
    });
    video.addEventListener("error", () => {
      if (signal.aborted) return;
      if (video.error?.code === MediaError.MEDIA_ERR_NETWORK) {
        this.#screen.replaceChildren(
          failure("The connection was lost while the clip was loading.", () => this.#show(clip)),
        );
      } else {
        this.#explain(clip, "");
      }
    }, { signal });
    video.addEventListener("loadedmetadata", () => {
      // Chromium plays the sound of an H.265 clip and says nothing of the picture it can't decode.
      if (video.videoWidth === 0) this.#explain(clip, "");
    }, { signal });
    video.src = address;
    this.#screen.replaceChildren(video);
    // Refused where the browser wants a tap first: the controls are there for it.
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) video.play().catch(() => {});
  }

  /** A sentence instead of a black box. @param {Clip} clip @param {string} codec empty when only the browser knows */
  #explain(clip, codec) {
    this.#unload();
    const known = codec || this.#codec(clip.role) || "";
    const name = known && !canPlay(known) ? codecName(known) : "";
    const what = name ? `This clip is ${name}, which this browser can't play.` : "This browser can't play this clip.";
    const detect = clip.role === "main" && this.#codec("detect") !== "";
    const ways = [
      detect && "play its smaller detection stream here",
      this.#mayExport(clip) && "download it for a video player",
    ];
    const next = sentence(ways.filter((way) => way !== false).join(", or "));
    this.#screen.replaceChildren(
      h(
        "div",
        { class: "notice explain", role: "alert" },
        h("p", {}, `${what} ${next}`.trim()),
        detect &&
          h(
            "button",
            { class: "strong", onclick: () => this.#showDetect(clip) },
            "Play the smaller picture",
          ),
      ),
    );
  }

  /** @param {Clip} clip */
  #showDetect(clip) {
    this.#show({ ...clip, role: "detect", path: videoPath(clip.camera, clip.from, clip.to, "detect") });
  }

  /** @param {Clip} clip @param {unknown} error @param {AbortSignal} signal */
  async #fail(clip, error, signal) {
    const again = () => this.#show(clip);
    if (error instanceof MixUp) {
      console.error(`Hearth: video of another camera refused for ${clip.path}`);
      return this.#screen.replaceChildren(failure(error.message));
    }
    const status = error instanceof ApiProblem ? error.status : 0;
    if (status === 409) {
      this.#screen.replaceChildren(waiting("The clip is still being written…"));
      const retry = setTimeout(again, WRITTEN_SOON);
      signal.addEventListener("abort", () => clearTimeout(retry));
    } else if (status === 404) {
      this.#screen.replaceChildren(
        failure(`There is no footage of this time. ${await this.#why(clip, signal)}`.trim()),
      );
    } else {
      this.#screen.replaceChildren(failure(`The clip couldn't be read. ${wordsOf(error)}`, again));
    }
  }

  /**
   * What the coverage ledger says of the span; nothing when it can't be asked.
   * @param {Clip} clip @param {AbortSignal} signal
   */
  async #why(clip, signal) {
    const query = new URLSearchParams({ from: clip.from, to: clip.to });
    try {
      const { spans } = await ask("GET", `/cameras/${encodeURIComponent(clip.camera)}/coverage?${query}`, { signal });
      return coverageWords(spans);
    } catch {
      return "";
    }
  }

  /** @param {Clip} clip */
  #drawActions(clip) {
    const name = clip.role === "main" ? clip.fileName : clip.fileName.replace(/\.mp4$/, " small.mp4");
    this.#actions.replaceChildren();
    if (this.#mayExport(clip)) {
      this.#actions.append(h("a", { class: "button", href: `/api/v1${clip.path}`, download: name }, "Download"));
    }
  }

  /** @param {Clip} clip */
  #mayExport(clip) {
    const camera = this.house.cameras.get(clip.camera);
    return camera !== undefined && allows(camera, "export");
  }

  /** @param {StreamRole} role @returns {string} empty when the camera hasn't told */
  #codec(role) {
    const camera = this.house.cameras.get(this.#clip.camera);
    return camera ? streamOf(camera, role)?.codec ?? "" : "";
  }

  /** A <video> that only leaves the page may go on loading. */
  #unload() {
    const video = this.#screen.querySelector("video");
    if (!video) return;
    video.pause();
    video.removeAttribute("src");
    video.load();
    video.remove();
  }
}

/** @param {string} codec */
function canPlay(codec) {
  return document.createElement("video").canPlayType(mimeType(codec)) !== "";
}

customElements.define("clip-player", ClipPlayer);
