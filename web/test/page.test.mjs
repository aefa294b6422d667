// What the page promises as files: it lives under its content policy, asks no other host, and stays small.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const all = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => !name.startsWith("test"));
const scripts = all.filter((name) => name.endsWith(".js"));
const read = (/** @type {string} */ name) => readFileSync(join(root, name), "utf8");
const page = read("index.html");

/** The modules a module loads at run time; types in comments load nothing. @param {string} name */
function imports(name) {
  const code = read(name).replace(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(/^import .*?from "(.+?)";$/gm)].map(([, path]) => {
    assert.match(path ?? "", /^\.\.?\//, `${name} imports ${path}, which isn't beside it`);
    return relative(root, join(root, dirname(name), path ?? ""));
  });
}

/** @param {string} name @param {Set<string>} [seen] */
function reached(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of imports(name)) reached(next, seen);
  return seen;
}

test("every module is reached from app.js, save the types, which are for the checker", () => {
  assert.deepEqual(scripts.filter((name) => !reached("app.js").has(name)), ["model/types.js"]);
});

test("index.html preloads every module, so that none waits for another to be read", () => {
  const preloaded = [...page.matchAll(/<link rel="modulepreload" href="\/(.+?)">/g)].map(([, path]) => path);
  const wanted = [...reached("app.js")].filter((name) => name !== "app.js");
  assert.deepEqual(preloaded.sort(), wanted.sort());
});

test("scripts and styles stay small: below 128 kB without their comments, below 56 kB as compressed", () => {
  const texts = [...scripts, "style.css"].map(read);
  const code = texts.map((text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "")).join("");
  const packed = texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0);
  assert.ok(Buffer.byteLength(code) < 128_000, `${Buffer.byteLength(code)} bytes of code`);
  assert.ok(packed < 56_000, `${packed} bytes compressed`);
});

test("index.html has no inline script, style or handler", () => {
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
});

for (const name of [...scripts, "index.html", "style.css", "favicon.svg"]) {
  test(`${name} asks no other host and makes no markup from text`, () => {
    const text = read(name).replaceAll("http://www.w3.org/2000/svg", "");
    assert.doesNotMatch(text, /https?:\/\/|\burl\(|@import\s+["u]/);
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("(?:style|on)/,
    );
  });
}

test("live video can open in a ManagedMediaSource: remote playback is off, the element is muted and inline", () => {
  // The engine that can be tested here doesn't enforce the first, so its loss shows nowhere else.
  assert.match(read("live/player.js"), /disableRemotePlayback = true;[\s\S]*?\.src = address/);
  assert.match(read("components/live-picture/live-picture.js"), /muted: true,\s+playsinline: true/);
});
