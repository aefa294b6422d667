// The rows of the view log in words.

/** @import { View } from "./types.js" */
/** @import { HouseClock } from "./clock.js" */

/** @type {Record<string, string>} */
const deeds = {
  live: "watched NAME live",
  playback: "watched recordings of NAME",
  thumbnail: "looked at event pictures of NAME",
  filmstrip: "looked through the days of NAME",
  snapshot: "took a look at NAME",
  export: "took recordings of NAME away",
  list: "looked through what happened at NAME",
  delete: "deleted recordings of NAME",
};

/** What was done. @param {View} view @param {string} name the camera's */
export function viewWords(view, name) {
  // As a function, so that nothing in a name has a meaning.
  return (deeds[view.action] ?? `${view.action} NAME`).replace("NAME", () => name);
}

/** Of which time, and from where. @param {View} view @param {HouseClock} clock @param {number} now */
export function viewSpanWords(view, clock, now) {
  const words = [];
  if (view.from && view.to) {
    const [from, to] = [Date.parse(view.from), Date.parse(view.to)];
    const start = clock.momentWords(from, now);
    const sameDay = clock.dayKey(from) === clock.dayKey(to);
    const end = sameDay ? clock.hourAndMinute(to) : clock.momentWords(to, now);
    words.push(start.endsWith(end) ? start : `${start} to ${end}`);
  }
  if (view.cameBy === "token") words.push("with a token");
  words.push(view.cameBy === "console" ? "at the server itself" : `from ${view.address}`);
  return words.join(", ");
}
