// One live connection: a WebSocket of one camera's stream, played by one <video>.

import { AppendQueue } from "./append-queue.js";
import { Pace } from "./pace.js";
import { parseMedia, parseText, WireError } from "./wire.js";
import { mimeType } from "../model/codecs.js";

/** @import { StreamRole } from "../model/types.js" */
/** @import { MediaMessage } from "./wire.js" */

/**
 * `lost` and `refused` and `unsupported` end the player. `soundless`: the sound that was asked for doesn't come, and
 * the pictures may wait for it.
 * @typedef {{kind: "playing"} | {kind: "quiet"} | {kind: "soundless"} | {kind: "blocked"} | {kind: "refused"}
 *   | {kind: "dropped", count: number} | {kind: "unsupported", codecs: string}
 *   | {kind: "lost", error: string, final: boolean}} Report
 */

const QUIET = 4000;
const SILENCE = 10_000;
const STUCK = 10_000;
const SOUNDLESS = 4000;
const REFUSED_CODE = 4404;

// The iPhone has only the managed kind; where both exist it is the one that saves the battery.
/** @type {typeof MediaSource | undefined} */
const Source = /** @type {any} */ (globalThis).ManagedMediaSource ?? globalThis.MediaSource;

// WebKit alone has the managed kind, and there a new playbackRate makes it buffer anew.
const changesRate = !("ManagedMediaSource" in globalThis);

/** Whether this browser plays a live stream of this type. @param {string} type */
export function playsLive(type) {
  return Source?.isTypeSupported(type) ?? false;
}

export class LivePlayer {
  #video;
  #camera;
  #report;
  #socket;
  #pace;
  #frameSeconds;
  #life = new AbortController();
  #watch;
  #heard = performance.now();
  #quiet = false;
  #moved = { at: -1, when: performance.now() };
  #jumped = 0;
  #sound;
  #type = "";
  #soundType = "";
  #heardSound = performance.now();
  #generation = -1;
  /** @type {number} */
  #playing = -1;
  /** @type {AppendQueue | null} */
  #queue = null;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #early = [];
  /** @type {AppendQueue | null} */
  #soundQueue = null;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #earlySound = [];

  /**
   * @param {object} of
   * @param {HTMLVideoElement} of.video
   * @param {string} of.camera the only camera whose pictures are let through
   * @param {StreamRole} of.role
   * @param {boolean} of.sound whether to ask for sound too
   * @param {number} of.frameRate pictures a second; 0 when it isn't known
   * @param {(report: Report) => void} of.report
   */
  constructor({ video, camera, role, sound, frameRate, report }) {
    this.#video = video;
    this.#camera = camera;
    this.#report = report;
    this.#sound = sound;
    this.#frameSeconds = frameRate > 0 ? 1 / frameRate : 0.04;
    this.#pace = new Pace({ frameSeconds: this.#frameSeconds, changesRate });

    const address = new URL("/api/v1/live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    address.searchParams.set("camera", camera);
    address.searchParams.set("stream", role);
    if (sound) address.searchParams.set("sound", "1");
    this.#socket = new WebSocket(address);
    this.#socket.binaryType = "arraybuffer";
    const { signal } = this.#life;
    this.#socket.addEventListener("message", (event) => this.#receive(event.data), { signal });
    this.#socket.addEventListener("close", (event) => {
      this.#lose(event.code === REFUSED_CODE ? "unknown" : "closed", event.code === REFUSED_CODE);
    }, { signal });
    video.addEventListener("playing", () => this.#report({ kind: "playing" }), { signal });
    video.addEventListener("waiting", () => this.#starve(), { signal });
    video.addEventListener("error", () => {
      if (this.#generation >= 0 && video.error) this.#lose(video.error.message || "undecodable", false);
    }, { signal });
    this.#watch = setInterval(() => this.#look(), 2000);
  }

  /** Ends the connection; the <video> keeps its last picture. */
  close() {
    this.#life.abort();
    clearInterval(this.#watch);
    this.#queue?.close();
    this.#soundQueue?.close();
    this.#early = [];
    this.#earlySound = [];
    this.#socket.close();
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#heard = performance.now();
    if (this.#quiet) {
      this.#quiet = false;
      this.#report({ kind: "playing" });
    }
    try {
      if (data instanceof ArrayBuffer) this.#receiveMedia(parseMedia(data));
      else this.#receiveText(String(data));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#lose(error.message, false);
    }
  }

  /** @param {string} text */
  #receiveText(text) {
    const message = parseText(text);
    switch (message.kind) {
      case "stream":
        if (message.camera !== this.#camera) return this.#refuse();
        this.#type = mimeType(message.codecs);
        this.#soundType = message.soundCodecs ? `audio/mp4; codecs="${message.soundCodecs}"` : "";
        if (!playsLive(this.#soundType)) this.#soundType = "";
        if (this.#sound && !this.#soundType) this.#report({ kind: "soundless" });
        this.#generation = message.generation;
        if (!playsLive(this.#type)) {
          this.close();
          this.#report({ kind: "unsupported", codecs: message.codecs });
        }
        return;
      case "dropped":
        return this.#report(message);
      case "error":
        return this.#lose(message.error, false);
      case "other":
        return;
    }
  }

  /** @param {MediaMessage} message */
  #receiveMedia(message) {
    // The promise of the house: a tile shows its own camera or nothing.
    if (message.camera !== this.#camera) return this.#refuse();
    if (message.generation !== this.#generation) return; // Of parameters that no longer hold.
    if (message.kind === "init") return this.#start(message);
    if (this.#playing !== message.generation) return;
    if (message.kind === "soundInit" || message.kind === "sound") {
      if (!this.#soundType) return;
      this.#heardSound = performance.now();
      if (this.#soundQueue) this.#soundQueue.push(message.bytes);
      else this.#earlySound.push(message.bytes);
      return;
    }
    if (this.#queue) this.#queue.push(message.bytes);
    else this.#early.push(message.bytes);
  }

  /** A new generation gets a MediaSource of its own: its times may begin anew. @param {MediaMessage} init */
  #start(init) {
    if (!Source) return;
    this.#queue?.close();
    this.#soundQueue?.close();
    this.#queue = null;
    this.#soundQueue = null;
    this.#early = [init.bytes];
    this.#earlySound = [];
    this.#heardSound = performance.now();
    this.#playing = init.generation;
    this.#pace = new Pace({ frameSeconds: this.#frameSeconds, changesRate });

    const source = new Source();
    const address = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => {
      URL.revokeObjectURL(address);
      if (this.#life.signal.aborted || this.#playing !== init.generation) return;
      this.#open(source);
    }, { once: true, signal: this.#life.signal });
    // Without this a ManagedMediaSource never opens.
    this.#video.disableRemotePlayback = true;
    this.#video.src = address;
    this.#video.play().catch((/** @type {unknown} */ error) => {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      if (refused && !this.#life.signal.aborted) this.#report({ kind: "blocked" });
    });
  }

  /** @param {MediaSource} source */
  #open(source) {
    const { signal } = this.#life;
    // Both before the first bytes: a source that has begun takes no further buffer.
    const pictures = source.addSourceBuffer(this.#type);
    const sound = this.#soundType ? source.addSourceBuffer(this.#soundType) : null;
    const queue = new AppendQueue(pictures, {
      appended: () => this.#follow(queue),
      full: () => this.#makeRoom(queue),
      failed: (error) => this.#lose(String(error), false),
    });
    source.addEventListener("startstreaming", () => queue.gate(true), { signal });
    source.addEventListener("endstreaming", () => queue.gate(false), { signal });
    queue.gate(/** @type {any} */ (source).streaming ?? true);
    this.#queue = queue;
    for (const bytes of this.#early) queue.push(bytes);
    this.#early = [];
    if (!sound) return;
    const soundQueue = new AppendQueue(sound, {
      appended: () => this.#follow(queue),
      full: () => this.#makeRoom(queue),
      failed: (error) => this.#lose(String(error), false),
    });
    this.#soundQueue = soundQueue;
    for (const bytes of this.#earlySound) soundQueue.push(bytes);
    this.#earlySound = [];
  }

  /** Keeps near the live edge. @param {AppendQueue} queue */
  #follow(queue) {
    const video = this.#video;
    if (video.error || queue !== this.#queue) return;
    const step = this.#pace.step(rangesOf(video.buffered), video.currentTime, performance.now() / 1000);
    if (step.seek !== null && !video.seeking) {
      this.#jumped = performance.now();
      video.currentTime = step.seek;
    }
    if (video.playbackRate !== step.rate) video.playbackRate = step.rate;
    if (step.trim !== null) this.#trim(step.trim);
  }

  /** @param {AppendQueue} queue */
  #makeRoom(queue) {
    const [first] = rangesOf(this.#video.buffered);
    const end = this.#video.currentTime - 2;
    if (first && end > first.start && queue === this.#queue) this.#trim(end);
    else this.#lose("the browser has no room for more pictures", false);
  }

  /** @param {number} end seconds */
  #trim(end) {
    this.#queue?.trim(end);
    this.#soundQueue?.trim(end);
  }

  #starve() {
    // A jump waits too, and so does the start: neither says that the line is uneven.
    if (this.#video.seeking || performance.now() - this.#jumped < 500) return;
    this.#pace.starved(performance.now() / 1000);
  }

  /** A connection may be open and dead: a phone that slept, a wedged camera, a decoder that gave up. */
  #look() {
    const now = performance.now();
    if (now - this.#heard > SILENCE) return this.#lose("silent", false);
    if (now - this.#heard > QUIET && this.#playing >= 0 && !this.#quiet) {
      this.#quiet = true;
      this.#report({ kind: "quiet" });
    }
    if (this.#soundType && this.#playing >= 0 && now - this.#heardSound > SOUNDLESS) {
      this.#heardSound = now;
      this.#report({ kind: "soundless" });
    }
    const { currentTime, paused } = this.#video;
    if (currentTime !== this.#moved.at || paused || this.#playing < 0) this.#moved = { at: currentTime, when: now };
    else if (now - this.#moved.when > STUCK) this.#lose("stuck", false);
  }

  #refuse() {
    this.close();
    this.#video.removeAttribute("src");
    this.#video.load();
    this.#report({ kind: "refused" });
  }

  /** @param {string} error @param {boolean} final */
  #lose(error, final) {
    if (this.#life.signal.aborted) return;
    this.close();
    this.#report({ kind: "lost", error, final });
  }
}

/** @param {TimeRanges} ranges */
function rangesOf(ranges) {
  return Array.from({ length: ranges.length }, (_, index) => ({ start: ranges.start(index), end: ranges.end(index) }));
}
