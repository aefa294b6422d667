import assert from "node:assert/strict";
import { test } from "node:test";
import { HouseClock } from "../model/clock.js";
import { coverageWords, noPictureWords, sentence, strangerWords, wallWords } from "../model/words.js";
import { cameraBody } from "./bodies.mjs";

const clock = new HouseClock("UTC");
const now = Date.parse("2026-11-23T12:00:00Z");
/** @param {string} state @param {object} [more] */
const camera = (state, more = {}) => cameraBody({ state, ...more });

test("an offline camera says since when and why", () => {
  assert.equal(
    noPictureWords(camera("offline", { cause: "no route to 192.168.1.20" }), clock, now),
    "Offline since today at 09:05. No route to 192.168.1.20.",
  );
  assert.equal(
    noPictureWords(camera("offline", { since: "2026-11-20T09:05:00.000Z" }), clock, now),
    "Offline since Friday 20 November at 09:05.",
  );
});

test("a camera that gives pictures needs no words, unless they may not be seen", () => {
  assert.equal(noPictureWords(camera("recording"), clock, now), "");
  assert.equal(
    noPictureWords(camera("recording", { rights: ["playback"] }), clock, now),
    "You may not watch this camera live.",
  );
});

for (const state of ["connecting", "offline", "wrongPassword", "wrongDevice", "off", "somethingNew"]) {
  test(`the state ${state} is told in words`, () => {
    assert.match(noPictureWords(camera(state), clock, now), /\w.*[.!?]$/);
  });
}

test("the wall is summed up", () => {
  assert.equal(
    wallWords([camera("offline"), camera("recording"), camera("recording")]),
    "3 cameras: 2 recording, 1 offline",
  );
  assert.equal(wallWords([camera("watching")]), "1 camera: 1 watching");
});

test("the wall's sum counts a state that isn't known", () => {
  assert.equal(wallWords([camera("sleeping")]), "1 camera: 1 sleeping");
});

test("coverage says why there is no footage", () => {
  assert.equal(coverageWords([{ class: "recorded" }]), "");
  assert.equal(
    coverageWords([{ class: "offline", cause: "no power" }, { class: "quiet" }, { class: "quiet" }]),
    "No power; nothing moved, so nothing was kept.",
  );
});

test("a sentence begins with a capital and ends", () => {
  assert.equal(sentence(" is it on? "), "Is it on?");
  assert.equal(sentence(""), "");
});

test("a stranger is named, with what its owner can do about it", () => {
  const device = {
    verdict: "other",
    changes: [],
    hardware: null,
    host: "192.168.1.20",
    looksLike: "g",
    offer: { source: "rtsp://192.168.1.31/main", why: '"Garden" now answers at 192.168.1.31' },
  };
  assert.deepEqual(
    strangerWords(camera("wrongDevice", { device }), () => "Garage").map(({ text, command }) => [text, command]),
    [
      ["What answers looks like Garage.", undefined],
      ['"Garden" now answers at 192.168.1.31.', 'hearth camera set "Garden" --source rtsp://192.168.1.31/main'],
      ["See whose pictures they are:", 'hearth camera quarantine list "Garden"'],
      ["If this device is the camera from now on:", 'hearth camera trust "Garden"'],
    ],
  );
  assert.deepEqual(strangerWords(camera("recording", { device }), () => ""), []);
  assert.deepEqual(strangerWords(camera("wrongDevice"), () => ""), [], "who doesn't manage it can do nothing");
});
