// Times as the house sees them: in the house's zone, wherever the person with the phone is.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats instants (milliseconds since 1970) in one IANA zone. */
export class HouseClock {
  #parts;
  #dayWords;
  #shortDayWords;

  /** @param {string} zone an IANA name; one this browser doesn't know becomes UTC */
  constructor(zone) {
    this.zone = knownZone(zone);
    const timeZone = this.zone;
    this.#parts = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    this.#dayWords = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "long",
      day: "numeric",
      month: "long",
      year: "numeric",
    });
    this.#shortDayWords = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "long",
      day: "numeric",
      month: "long",
    });
  }

  /** "2026-11-23T21:40:12", the value of a datetime-local field. @param {number} at */
  local(at) {
    /** @type {Record<string, string>} */
    const part = {};
    for (const { type, value } of this.#parts.formatToParts(at)) part[type] = value;
    const year = (part["year"] ?? "").padStart(4, "0");
    return `${year}-${part["month"]}-${part["day"]}T${part["hour"]}:${part["minute"]}:${part["second"]}`;
  }

  /** "21:40:12". @param {number} at */
  time(at) {
    return this.local(at).slice(11);
  }

  /** "21:40". @param {number} at */
  hourAndMinute(at) {
    return this.local(at).slice(11, 16);
  }

  /** "2026-11-23": one for each day of the house, however long that day is. @param {number} at */
  dayKey(at) {
    return this.local(at).slice(0, 10);
  }

  /**
   * "Today", "Yesterday", "Saturday 21 November", with the year when it is another.
   * @param {number} at @param {number} now
   */
  dayWords(at, now) {
    const key = this.dayKey(at);
    const today = this.dayKey(now);
    if (key === today) return "Today";
    // Noon of today less 24 h is always yesterday, also where a day has 23 or 25 hours.
    if (key === this.dayKey(this.instant(`${today}T12:00:00`) - DAY)) return "Yesterday";
    const words = key.slice(0, 4) === today.slice(0, 4) ? this.#shortDayWords : this.#dayWords;
    return words.format(at).replace(",", "");
  }

  /** "today at 21:40", "on Saturday 21 November at 21:40". @param {number} at @param {number} now */
  momentWords(at, now) {
    const day = this.dayWords(at, now);
    const when = day === "Today" || day === "Yesterday" ? day.toLowerCase() : `on ${day}`;
    return `${when} at ${this.hourAndMinute(at)}`;
  }

  /**
   * The instant of a wall-clock text such as "2026-11-23T21:40" in this zone. A time that a clock change repeats is
   * the first of the two; one that it skips moves on by the skipped hour. NaN for anything else.
   * @param {string} text
   */
  instant(text) {
    const wall = Date.parse(`${text}Z`);
    if (Number.isNaN(wall)) return Number.NaN;
    const before = wall - this.#offset(wall - DAY);
    const after = wall - this.#offset(wall + DAY);
    const first = Math.min(before, after);
    const second = Math.max(before, after);
    const reads = (/** @type {number} */ at) => at + this.#offset(at) === wall;
    if (reads(first)) return first;
    if (reads(second)) return second;
    return before;
  }

  /** How far this zone is ahead of UTC at an instant, in milliseconds. @param {number} at */
  #offset(at) {
    const whole = Math.floor(at / SECOND) * SECOND;
    return Date.parse(`${this.local(whole)}Z`) - whole;
  }
}

/** @param {string} zone */
function knownZone(zone) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone || "UTC" }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

/** "12 s", "1 min 5 s", "2 h 10 min". @param {number} milliseconds */
export function durationWords(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / SECOND));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}
