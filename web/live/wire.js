// The live WebSocket's messages. Text: what follows, drops, errors. Binary: pictures, each with its camera's id.

/** Bytes before the fMP4 part: kind 1, camera 16, generation 4, sequence 8. */
export const HEADER_BYTES = 29;

/** By the first byte of a message; 2 never leaves the server. @type {(MediaMessage["kind"] | null)[]} */
const KINDS = ["init", "fragment", null, "soundInit", "sound"];

/**
 * @typedef {object} MediaMessage
 * @property {"init" | "fragment" | "soundInit" | "sound"} kind
 * @property {string} camera
 * @property {number} generation
 * @property {bigint} sequence
 * @property {Uint8Array<ArrayBuffer>} bytes
 */

/**
 * @typedef {object} StreamMessage
 * @property {"stream"} kind
 * @property {string} camera
 * @property {string} stream
 * @property {number} generation
 * @property {string} codecs
 * @property {string} soundCodecs empty when no sound follows
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {{kind: "dropped", count: number} | {kind: "error", error: string} | {kind: "other"}} ShortMessage
 * @typedef {StreamMessage | ShortMessage} TextMessage
 */

/** A message that isn't what the server promises. */
export class WireError extends Error {}

/**
 * @param {ArrayBuffer} buffer
 * @returns {MediaMessage}
 */
export function parseMedia(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) {
    throw new WireError(`a live message of ${buffer.byteLength} bytes has no picture`);
  }
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const known = KINDS[kind];
  if (!known) throw new WireError(`a live message has the unknown kind ${kind}`);
  return {
    kind: known,
    camera: hexadecimal(new Uint8Array(buffer, 1, 16)),
    generation: view.getUint32(17),
    sequence: view.getBigUint64(21),
    bytes: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/**
 * @param {string} text
 * @returns {TextMessage}
 */
export function parseText(text) {
  /** @type {any} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError("a live text message isn't JSON");
  }
  if (typeof value !== "object" || value === null) throw new WireError("a live text message isn't an object");
  if (typeof value.error === "string") return { kind: "error", error: value.error };
  if (typeof value.dropped === "number") return { kind: "dropped", count: value.dropped };
  if (typeof value.camera === "string" && typeof value.codecs === "string" && typeof value.generation === "number") {
    return {
      kind: "stream",
      camera: value.camera,
      stream: String(value.stream),
      generation: value.generation,
      codecs: value.codecs,
      soundCodecs: typeof value.soundCodecs === "string" ? value.soundCodecs : "",
      width: Number(value.width),
      height: Number(value.height),
    };
  }
  return { kind: "other" }; // A later server may say more: what isn't known is passed over.
}

/** @param {Uint8Array} bytes */
function hexadecimal(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
