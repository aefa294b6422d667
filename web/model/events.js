// A list of events: order and text.

import { durationWords } from "./clock.js";
import { capital } from "./words.js";

/** @import { Event as HouseEvent } from "./types.js" */

/**
 * Newest first; the id settles ties, so that no reload shuffles them.
 * @param {HouseEvent} a @param {HouseEvent} b
 */
export function isNewer(a, b) {
  const difference = Date.parse(a.start) - Date.parse(b.start);
  return difference === 0 ? a.id > b.id : difference > 0;
}

/**
 * Merges two lists, newest first, each event once; `fresh` wins, being the later answer.
 * @param {HouseEvent[]} known @param {HouseEvent[]} fresh
 * @returns {HouseEvent[]}
 */
export function merged(known, fresh) {
  const byID = new Map([...known, ...fresh].map((event) => [event.id, event]));
  return [...byID.values()].sort((a, b) => isNewer(a, b) ? -1 : 1);
}

/**
 * Events, newest first, by day.
 * @param {HouseEvent[]} events @param {import("./clock.js").HouseClock} clock
 * @returns {{day: string, events: HouseEvent[]}[]}
 */
export function byDay(events, clock) {
  /** @type {{day: string, events: HouseEvent[]}[]} */
  const days = [];
  for (const event of events) {
    const day = clock.dayKey(Date.parse(event.start));
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

/** "12 s", or "still running". @param {{start: string, end: string | null}} event */
export function lengthWords(event) {
  return event.end === null ? "still running" : durationWords(Date.parse(event.end) - Date.parse(event.start));
}

/** Why the event was made: its reasons, then the zones. @param {Pick<HouseEvent, "reasons" | "zones">} event */
export function reasonWords(event) {
  const reasons = event.reasons.length ? event.reasons.join(", ") : "motion";
  const zones = event.zones.filter((zone) => !reasons.includes(zone));
  const words = zones.length > 0 ? `${reasons} in ${zones.join(", ")}` : reasons;
  return capital(words);
}

/** @typedef {{from: string, to: string}} Span RFC 3339 */

/** Whether they hold all of it together, in any order. @param {Span[]} spans @param {Span} whole */
export function covers(spans, whole) {
  let reached = whole.from;
  for (const { from, to } of spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    if (from <= reached && to > reached) reached = to;
  }
  return reached >= whole.to;
}
