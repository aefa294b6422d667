// What the page reads of the JSON API, for the type checker alone.

/**
 * @typedef {"main" | "detect"} Role
 * @typedef {"live" | "playback" | "export" | "manage"} Right
 */

/**
 * `codec`: a word such as "h264".
 * @typedef {{role: Role, codec: string, width: number, height: number, frameRate: number}} StreamFacts
 */

/**
 * @typedef {object} Camera
 * @property {string} id
 * @property {string} name
 * @property {string} state see stateWord
 * @property {string | null} [since] RFC 3339
 * @property {string | null} [cause]
 * @property {StreamFacts[]} [streams]
 * @property {string} [record] continuous, motion or off
 * @property {boolean} [audio]
 * @property {string[]} [notes]
 * @property {Device | null} [device] for who manages it
 * @property {Right[]} [rights] what this person may do; missing: all that the server allows
 */

/**
 * @typedef {object} Device
 * @property {string | null} looksLike a camera's id
 * @property {{source: string, why: string} | null} offer where its own device seems to be
 */

/**
 * @typedef {object} HouseEvent
 * @property {string} id
 * @property {string} camera
 * @property {string} start RFC 3339
 * @property {string | null} end null while something still moves
 * @property {string[]} [reasons]
 * @property {string[]} [zones]
 * @property {boolean} [protected]
 */

/**
 * `action`: live, playback, thumbnail, filmstrip, snapshot, export, list or delete.
 * @typedef {{row: number, person: string, personId: string, camera: string, action: string, from: string | null,
 *   to: string | null, at: string, ended: string | null, bytes: number, cameBy: string, address: string}} View
 * @typedef {{views: View[], next: number | null}} ViewPage
 */

/**
 * `current`: by this very page.
 * @typedef {{id: string, person: string, personId: string, created: string, seen: string, agent: string,
 *   address: string, current: boolean}} SignedIn
 */

/**
 * `camera` is empty for what is of the house. @typedef {{at: string, camera: string, what: string}} Alarm
 */

/**
 * @typedef {{id: string, name: string, owner: boolean}} Person
 * @typedef {{person: Person, serverTime: string, zone: string}} Session
 * @typedef {{events: HouseEvent[], next: string | null}} EventPage
 */

export {};
