// What a browser can play, asked of the browser and said in plain words.

/** @import { Camera, CameraStream, StreamRole } from "./types.js" */

/**
 * The name of a codec, from the API's ("h264") or a codecs string ("hvc1.1.6.L93.B0").
 * @param {string} codec
 */
export function codecName(codec) {
  const word = codec.toLowerCase().replaceAll(".", "").replaceAll("-", "");
  if (/^(h264|avc)/.test(word)) return "H.264";
  if (/^(h265|hevc|hvc1|hev1)/.test(word)) return "H.265";
  return codec;
}

/**
 * The type to ask the browser about: a common profile for a codec's name alone; a codecs string is exact and stays.
 * @param {string} codec
 */
export function mimeType(codec) {
  const exact = /^(avc[13]|hvc1|hev1|av01|vp09)\./.test(codec);
  /** @type {Record<string, string>} */
  const common = { "H.264": "avc1.640028", "H.265": "hvc1.1.6.L123.B0" };
  return `video/mp4; codecs="${exact ? codec : common[codecName(codec)] ?? codec}"`;
}

/** @param {Pick<Camera, "streams">} camera @param {StreamRole} role @returns {CameraStream | undefined} */
export function streamOf(camera, role) {
  return camera.streams.find((stream) => stream.role === role);
}

/**
 * Which streams to try, best first, without those that this browser can't play. Nothing known of the camera yet: the
 * main stream, whose own codecs decide.
 * @param {Camera} camera
 * @param {"small" | "large"} size
 * @param {(mimeType: string) => boolean} plays
 * @returns {StreamRole[]}
 */
export function liveRoles(camera, size, plays) {
  const { streams } = camera;
  if (streams.length === 0) return ["main"];
  /** @type {StreamRole[]} */
  const order = size === "small" ? ["detect", "main"] : ["main", "detect"];
  return order.filter((role) => streams.some((stream) => stream.role === role && plays(mimeType(stream.codec))));
}

/** "H.264, 1920 × 1080, 25 pictures a second". @param {CameraStream} stream */
export function streamWords(stream) {
  const words = [codecName(stream.codec)];
  if (stream.width > 0 && stream.height > 0) words.push(`${stream.width} × ${stream.height}`);
  if (stream.frameRate) words.push(`${Math.round(stream.frameRate * 10) / 10} pictures a second`);
  return words.join(", ");
}
