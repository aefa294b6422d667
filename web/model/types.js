// The bodies of the JSON API, for the type checker alone.
// Written from web/openapi.json by `make types`: change that, not this.

/** @typedef {{scheme?: "rtsp" | "rtsps", host: string, port?: number, path?: string}} Address */
/** @typedef {{at: string, camera: string, what: string}} Alarm */
/** @typedef {{id: string, name: string, state: CameraState, since: string, cause: string | null, streams:
 *   CameraStream[], record: RecordMode, audio: boolean, archived: boolean, notes: string[], rights: Right[], settings?:
 *   CameraSettings, device?: Device}} Camera */
/** @typedef {{id?: string, name: string, main: Address, detect?: Address, user?: string, transport?: Transport,
 *   record?: RecordMode, audio?: boolean, recordDetect?: boolean, preRollSeconds?: number, postRollSeconds?: number,
 *   motion?: DetectionSettings, retention?: RetentionSettings, archived?: boolean, media?: MediaPlace, earlierMedia?:
 *   MediaPlace[], version?: number}} CameraSettings */
/** @typedef {"connecting" | "recording" | "watching" | "offline" | "wrongPassword" | "wrongDevice" | "off"} CameraState
 *   */
/** @typedef {{role: StreamRole, codec: VideoCodec, width: number, height: number, frameRate: number | null}}
 *   CameraStream */
/** @typedef {{enabled?: boolean, sensitivity?: number, shape?: PictureShape, zones?: Zone[]}} DetectionSettings */
/** @typedef {{verdict: DeviceVerdict, changes: string[], hardware: string | null, host: string, looksLike: string |
 *   null, offer: DeviceOffer | null}} Device */
/** @typedef {{source: string, why: string}} DeviceOffer */
/** @typedef {"first" | "same" | "unsure" | "other"} DeviceVerdict */
/** @typedef {{id: string, camera: string, start: string, end: string | null, best: string, peak: number, boxes:
 *   RelativeBox[], reasons: string[], zones: string[], protected: boolean}} Event */
/** @typedef {{events: Event[], next: string | null}} EventPage */
/** @typedef {{path: string, volume: string}} MediaPlace */
/** @typedef {{id: string, person: string, personId: string, created: string, seen: string, agent: string, address:
 *   string, current: boolean}} OpenSession */
/** @typedef {{width: number, height: number}} PictureShape */
/** @typedef {"continuous" | "motion" | "off"} RecordMode */
/** @typedef {{x: number, y: number, width: number, height: number}} RelativeBox */
/** @typedef {{x: number, y: number}} RelativePoint */
/** @typedef {{camera: string, sensitivity: number, seconds: number, next: string | null, events: ({outcome: "same" |
 *   "moved" | "new" | "gone", start: string, end: string, peak: number, boxes: RelativeBox[], reasons: string[], zones:
 *   string[], id: string | null})[], suppressed: {start: string, end: string, cause: string, why: string}[]}} Replay */
/** @typedef {{continuousSeconds?: number, motionSeconds?: number, detectContinuousSeconds?: number,
 *   detectMotionSeconds?: number, minimumSeconds?: number, maximumSeconds?: number, budgetBytes?: number,
 *   budgetPercent?: number, reserveSeconds?: number}} RetentionSettings */
/** @typedef {"live" | "playback" | "export" | "manage"} Right */
/** @typedef {{person: {id: string, name: string, owner: boolean}, serverTime: string, zone: string}} Session */
/** @typedef {"main" | "detect"} StreamRole */
/** @typedef {"tcp" | "udp"} Transport */
/** @typedef {"h264" | "h265"} VideoCodec */
/** @typedef {{row: number, person: string, camera: string, action: ViewAction, from: string | null, to: string | null,
 *   at: string, ended: string | null, bytes: number, cameBy: string, address: string, personId: string}} View */
/** @typedef {"live" | "playback" | "thumbnail" | "filmstrip" | "snapshot" | "export" | "list" | "delete"} ViewAction */
/** @typedef {{views: View[], next: number | null}} ViewPage */
/** @typedef {{name: string, kind?: "include" | "exclude" | "mask", sensitivity?: number, minimumSize?: number, polygon:
 *   RelativePoint[]}} Zone */

export {};
