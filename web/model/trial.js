// Motion detection run again on recorded footage with another sensitivity, described in text.

import { sentence } from "./words.js";

/** @import { DetectionSettings, Replay } from "./types.js" */

/**
 * @typedef {Replay["events"][number]} Found
 * @typedef {Found["outcome"]} Outcome
 * @typedef {Pick<Found, "outcome" | "start" | "end" | "reasons" | "zones" | "id">} Tried found, or recorded
 * @typedef {Replay["suppressed"][number]} Unreported
 * @typedef {Pick<Replay, "sensitivity" | "seconds" | "next" | "suppressed"> & {events: Tried[]}} Trial
 * @typedef {Required<Pick<DetectionSettings, "enabled" | "sensitivity" | "zones">>} Motion
 * @typedef {Pick<Motion["zones"][number], "name" | "kind" | "sensitivity">} Zone
 */

const outcomes = /** @type {Record<Outcome, string>} */ ({
  same: "stays",
  moved: "would begin or end elsewhere",
  gone: "would be gone",
  new: "would be new",
});

/** @param {Tried} event */
export function outcomeWords({ outcome }) {
  return outcomes[outcome];
}

/** "3 events stay, 1 would be gone, 2 would be new." @param {Tried[]} events */
export function summaryWords(events) {
  const parts = Object.entries(outcomes).flatMap(([outcome, words]) => {
    const count = events.filter((event) => event.outcome === outcome).length;
    return count > 0 ? [{ count, words: count > 1 && outcome === "same" ? "stay" : words }] : [];
  });
  const list = parts.map(({ count, words }, at) => {
    const noun = at > 0 ? "" : count === 1 ? " event" : " events";
    return `${count}${noun} ${words}`;
  });
  return list.length > 0 ? `${list.join(", ")}.` : "no event, as before.";
}

/**
 * What the spans of footage gave, one after another, as one. An event that reaches from one into the next is in both: it
 * stands once, and is gone only when neither found it.
 * @param {Trial[]} trials
 */
export function together(trials) {
  /** @type {Map<unknown, Tried>} */
  const events = new Map();
  for (const event of trials.flatMap((trial) => trial.events)) {
    const known = events.get(event.id ?? event);
    if (!known || known.outcome === "gone") events.set(event.id ?? event, event);
  }
  return {
    events: [...events.values()].sort((a, b) => Date.parse(b.start) - Date.parse(a.start)),
    suppressed: trials.flatMap((trial) => trial.suppressed).reverse(),
  };
}

const causes = /** @type {Record<string, string>} */ ({
  brief: "Seen too briefly",
  still: "Stayed where it was",
  busy: "Restless, as leaves and water are",
  fast: "Too fast for its size",
  small: "Too small",
  light: "Only the light changed",
  outside: "Where motion doesn't count",
  wholePicture: "The whole picture changed at once",
});

/** @param {Unreported} unreported */
export function causeWords({ cause }) {
  return causes[cause] ?? cause;
}

/** "Only the light changed: 12; too small: 3." The most frequent first. @param {Unreported[]} suppressed */
export function countWords(suppressed) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const one of suppressed) counts.set(causeWords(one), (counts.get(causeWords(one)) ?? 0) + 1);
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([words, count]) => `${words.toLowerCase()}: ${count}`);
  return sentence(list.join("; "));
}

/** What a zone is for. @param {Zone} zone @param {Zone[]} zones all of the camera's */
export function zoneWords({ name, kind, sensitivity }, zones) {
  if (kind === "mask") return `${name}: masked, what changes here never counts`;
  if (kind === "exclude") return `${name}: what moves only in here doesn't count`;
  const only = zones.filter((zone) => zone.kind === "include").length > 1
    ? "motion counts here, and only in such zones"
    : "motion counts only here";
  return `${name}: ${only}${sensitivity === undefined ? "" : `, with a sensitivity of its own, ${sensitivity}`}`;
}

/** Why it couldn't be tried. @param {number} status @param {string} message */
export function refusalWords(status, message) {
  if (status === 404) return "Nothing was recorded in the last half hour.";
  if (status === 503) return "Hearth is busy looking at other footage. Try again in a minute.";
  return `That didn't work. ${sentence(message)}`;
}
