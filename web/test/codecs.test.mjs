import assert from "node:assert/strict";
import { test } from "node:test";
import { codecName, liveRoles, mimeType, streamWords } from "../model/codecs.js";
import { cameraBody } from "./bodies.mjs";

/** @import { CameraStream } from "../model/types.js" */

/** @type {CameraStream} */
const main265 = { role: "main", codec: "h265", width: 1920, height: 1080, frameRate: 25 };
/** @type {CameraStream} */
const main264 = { ...main265, codec: "h264" };
/** @type {CameraStream} */
const detect = { role: "detect", codec: "h264", width: 640, height: 360, frameRate: 10 };
const camera = (/** @type {CameraStream[]} */ ...streams) => cameraBody({ streams });
const chromium = (/** @type {string} */ type) => type.includes("avc1");
const firefox = () => true;

for (const word of ["h264", "H.264", "avc1.64001f", "AVC"]) {
  test(`${word} is H.264`, () => assert.equal(codecName(word), "H.264"));
}
for (const word of ["h265", "hevc", "HEVC", "hvc1.1.6.L93.B0", "hev1.1.6.L93.B0", "H-265"]) {
  test(`${word} is H.265`, () => assert.equal(codecName(word), "H.265"));
}

test("exact codecs pass through, words become a common profile", () => {
  assert.equal(mimeType("avc1.4d0028"), 'video/mp4; codecs="avc1.4d0028"');
  assert.equal(mimeType("h265"), 'video/mp4; codecs="hvc1.1.6.L123.B0"');
});

test("the wall takes the small stream, a camera's own view the large one", () => {
  assert.deepEqual(liveRoles(camera(main264, detect), "small", firefox), ["detect", "main"]);
  assert.deepEqual(liveRoles(camera(main264, detect), "large", firefox), ["main", "detect"]);
});

test("a main stream that the browser can't play leaves the detection stream", () => {
  assert.deepEqual(liveRoles(camera(main265, detect), "large", chromium), ["detect"]);
});

test("no stream is left when none can be played, and the wall takes main where there is no other", () => {
  assert.deepEqual(liveRoles(camera(main265), "large", chromium), []);
  assert.deepEqual(liveRoles(camera(main264), "small", chromium), ["main"]);
});

test("a camera of which nothing is known is tried", () => {
  assert.deepEqual(liveRoles(camera(), "small", chromium), ["main"]);
});

test("a stream in words", () => {
  assert.equal(streamWords(main265), "H.265, 1920 × 1080, 25 pictures a second");
  assert.equal(streamWords({ ...detect, frameRate: 0 }), "H.264, 640 × 360");
  assert.equal(streamWords({ ...detect, frameRate: null }), "H.264, 640 × 360");
});
