// What the page reads of the JSON API, for the type checker alone: no module loads this file at run time.

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
 * @property {Device | null} [device] which device answers; for who manages the camera
 * @property {Right[]} [rights] what this person may do; a list that is missing allows everything the server allows
 */

/**
 * @typedef {object} Device
 * @property {string | null} looksLike the id of the camera whose device this seems to be
 * @property {{source: string, why: string} | null} offer where the camera's own device seems to be
 */

/**
 * Named so because `Event` is the browser's own word.
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
 * A row of the view log; `action` is live, playback, thumbnail, filmstrip, snapshot, export, list or delete.
 * @typedef {{row: number, person: string, personId: string, camera: string, action: string, from: string | null,
 *   to: string | null, at: string, ended: string | null, bytes: number, cameBy: string, address: string}} View
 * @typedef {{views: View[], next: number | null}} ViewPage
 */

/**
 * Where somebody is signed in; `current`: by this very page.
 * @typedef {{id: string, person: string, personId: string, created: string, seen: string, agent: string,
 *   address: string, current: boolean}} SignedIn
 */

/**
 * Something that the owner must see; `camera` is empty for what is of the house. @typedef {{at: string, camera: string, what: string}} Alarm
 */

/**
 * @typedef {{id: string, name: string, owner: boolean}} Person
 * @typedef {{person: Person, serverTime: string, zone: string}} Session
 * @typedef {{events: HouseEvent[], next: string | null}} EventPage
 */

export {};
