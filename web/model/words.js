// Camera states in words: never by colour alone, and with what to do next.

/** @import { Camera } from "./types.js" */
/** @import { HouseClock } from "./clock.js" */

/** @type {Record<string, {word: string, tone: "good" | "wait" | "bad" | "quiet"}>} */
const states = {
  connecting: { word: "Connecting", tone: "wait" },
  recording: { word: "Recording", tone: "good" },
  watching: { word: "Watching", tone: "good" },
  offline: { word: "Offline", tone: "bad" },
  wrongPassword: { word: "Wrong password", tone: "bad" },
  wrongDevice: { word: "Looks like another camera", tone: "bad" },
  off: { word: "Off", tone: "quiet" },
};

/** @param {string} state */
export function stateWord(state) {
  return states[state] ?? { word: state, tone: "quiet" };
}

/** Whether pictures can be had now. @param {Camera} camera */
export function givesPictures(camera) {
  return camera.state === "recording" || camera.state === "watching";
}

/** @param {Camera} camera @param {import("./types.js").Right} right */
export function allows(camera, right) {
  return camera.rights === undefined || camera.rights.includes(right);
}

/**
 * Why there is no picture: what, since when, and why. Empty when there should be one.
 * @param {Camera} camera @param {HouseClock} clock @param {number} now
 */
export function noPictureWords(camera, clock, now) {
  if (!allows(camera, "live")) return "You may not watch this camera live.";
  if (givesPictures(camera)) return "";
  const since = camera.since ? Date.parse(camera.since) : Number.NaN;
  const cause = camera.cause ? sentence(camera.cause) : "";
  const moment = Number.isNaN(since) ? "" : ` since ${clock.momentWords(since, now)}`;
  switch (camera.state) {
    case "connecting":
      return `Connecting to the camera. ${cause}`.trim();
    case "offline":
      return `Offline${moment.replace(" on ", " ")}. ${cause}`.trim();
    case "wrongPassword":
      return `The camera refused the password. ${
        cause || "Hearth waits for new settings, so that the camera doesn't lock it out."
      }`;
    case "wrongDevice":
      return `This looks like another camera, so its pictures are held apart. ${cause}`.trim();
    case "off":
      return `This camera is turned off. ${cause}`.trim();
    default:
      return cause || `${stateWord(camera.state).word}.`;
  }
}

/**
 * What its owner can do about a camera behind which another device answers: whole sentences, commands apart.
 * @param {Camera} camera @param {(id: string) => string} nameOf
 * @returns {{text: string, command?: string}[]}
 */
export function strangerWords(camera, nameOf) {
  if (camera.state !== "wrongDevice") return [];
  const { device } = camera;
  const name = `"${camera.name.replaceAll('"', "")}"`;
  const lines = [];
  if (device?.looksLike) lines.push({ text: `What answers looks like ${nameOf(device.looksLike)}.` });
  if (device?.offer) {
    lines.push({ text: sentence(device.offer.why), command: `hearth camera set ${name} --source ${device.offer.source}` });
  }
  if (device) {
    lines.push({ text: "See whose pictures they are:", command: `hearth camera quarantine list ${name}` });
    lines.push({ text: "If this device is the camera from now on:", command: `hearth camera trust ${name}` });
  }
  return lines;
}

/** "5 cameras: 4 recording, 1 offline". @param {Camera[]} cameras */
export function wallWords(cameras) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { state } of cameras) counts.set(state, (counts.get(state) ?? 0) + 1);
  const known = Object.keys(states);
  const list = [...counts.keys()].sort((a, b) => known.indexOf(a) - known.indexOf(b))
    .map((state) => `${counts.get(state)} ${stateWord(state).word.toLowerCase()}`);
  return `${cameras.length} ${cameras.length === 1 ? "camera" : "cameras"}: ${list.join(", ")}`;
}

/** A cause as a sentence: a capital first, a full stop last. @param {string} text */
export function sentence(text) {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  return /[.!?]$/.test(trimmed) ? capital(trimmed) : `${capital(trimmed)}.`;
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Coverage classes in words, for a span that has no footage. @type {Record<string, string>} */
const coverage = {
  quiet: "nothing moved, so nothing was kept",
  offline: "the camera was offline",
  wrongDevice: "another device answered for the camera",
  dropped: "pictures were dropped",
  disk: "the disk was full or failing",
  clock: "the clock was set",
  off: "the camera was turned off",
  unknown: "why isn't known",
};

/**
 * Why nothing can be played, from the coverage ledger. @param {{class: string, cause?: string | null}[]} spans
 */
export function coverageWords(spans) {
  const reasons = new Set(
    spans.filter((span) => span.class !== "recorded")
      .map((span) => span.cause || coverage[span.class] || span.class),
  );
  return reasons.size > 0 ? sentence([...reasons].join("; ")) : "";
}
