import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMedia, parseText, WireError } from "../live/wire.js";

const CAMERA = "00112233445566778899aabbccddeeff";

/** @param {number} kind @param {number[]} body */
function message(kind, body) {
  const bytes = [
    kind,
    0x00,
    0x11,
    0x22,
    0x33,
    0x44,
    0x55,
    0x66,
    0x77,
    0x88,
    0x99,
    0xaa,
    0xbb,
    0xcc,
    0xdd,
    0xee,
    0xff,
    0x00,
    0x00,
    0x01,
    0x02,
    0x80,
    0,
    0,
    0,
    0,
    0,
    0,
    0x07,
    ...body,
  ];
  return new Uint8Array(bytes).buffer;
}

test("a fragment gives its camera, generation, sequence and bytes", () => {
  const parsed = parseMedia(message(1, [9, 8, 7]));
  assert.equal(parsed.kind, "fragment");
  assert.equal(parsed.camera, CAMERA);
  assert.equal(parsed.generation, 258);
  assert.equal(parsed.sequence, 0x8000000000000007n);
  assert.deepEqual([...parsed.bytes], [9, 8, 7]);
});

test("kind 0 is the init segment", () => {
  assert.equal(parseMedia(message(0, [1])).kind, "init");
});

test("sound has kinds of its own", () => {
  assert.equal(parseMedia(message(3, [1])).kind, "soundInit");
  assert.equal(parseMedia(message(4, [1])).kind, "sound");
});

test("a message with a header alone, or less, is refused", () => {
  assert.throws(() => parseMedia(message(1, [])), WireError);
  assert.throws(() => parseMedia(new ArrayBuffer(0)), WireError);
});

test("an unknown kind is refused", () => {
  assert.throws(() => parseMedia(message(2, [1])), /unknown kind 2/);
});

test("the text before an init says what follows", () => {
  const text = `{"camera":"${CAMERA}","stream":"main","generation":3,"codecs":"avc1.64001f","width":1280,"height":720}`;
  assert.deepEqual(parseText(text), {
    kind: "stream",
    camera: CAMERA,
    stream: "main",
    generation: 3,
    codecs: "avc1.64001f",
    soundCodecs: "",
    width: 1280,
    height: 720,
  });
});

test("the text says which sound follows", () => {
  const text = `{"camera":"${CAMERA}","stream":"main","generation":3,"codecs":"avc1.64001f","soundCodecs":"mp4a.40.2"}`;
  const parsed = parseText(text);
  assert.equal(parsed.kind === "stream" && parsed.soundCodecs, "mp4a.40.2");
});

test("drops and errors are told apart, and what a later server adds is passed over", () => {
  assert.deepEqual(parseText('{"dropped":12}'), { kind: "dropped", count: 12 });
  assert.deepEqual(parseText('{"error":"offline"}'), { kind: "error", error: "offline" });
  assert.deepEqual(parseText('{"weather":"rain"}'), { kind: "other" });
});

for (const text of ["", "{", "null", "3"]) {
  test(`the text ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseText(text), WireError);
  });
}
