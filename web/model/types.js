// The shapes of the JSON API, for the type checker alone: no module loads this file at run time.

/**
 * @typedef {"main" | "detect"} Role
 * @typedef {"live" | "playback" | "export" | "manage"} Right
 */

/**
 * What the worker has seen of a stream; `codec` is a word such as "h264" or "h265".
 * @typedef {{role: Role, codec: string, width: number, height: number, frameRate: number}} StreamFacts
 */

/**
 * @typedef {object} Camera
 * @property {string} id 32 hexadecimal digits, opaque
 * @property {string} name
 * @property {string} state connecting, recording, watching, offline, wrongPassword, wrongDevice or off
 * @property {string | null} [since] RFC 3339
 * @property {string | null} [cause] why it is in this state, in plain words
 * @property {StreamFacts[]} [streams]
 * @property {string} [record] continuous, motion or off
 * @property {boolean} [audio]
 * @property {string[]} [notes]
 * @property {Right[]} [rights] what this person may do; a list that is missing allows everything the server allows
 */

/**
 * Named so because `Event` is the browser's own word.
 * @typedef {object} HouseEvent
 * @property {string} id
 * @property {string} camera
 * @property {string} start RFC 3339
 * @property {string | null} end null while something still moves
 * @property {string | null} [best]
 * @property {number} [peak]
 * @property {{x: number, y: number, width: number, height: number}[]} [boxes]
 * @property {string[]} [reasons]
 * @property {string[]} [zones]
 * @property {boolean} [protected]
 */

/**
 * @typedef {{id: string, name: string, owner: boolean}} Person
 * @typedef {{person: Person, serverTime: string, zone: string}} Session
 * @typedef {{events: HouseEvent[], next: string | null}} EventPage
 */

export {};
