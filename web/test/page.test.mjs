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

/**
 * The modules a module loads at run time; types in comments load nothing.
 * @param {string} name @param {RegExp} [how] at once, or ON_DEMAND
 */
function imports(name, how = /^import [^;"]*?from "(.+?)";$/gm) {
  const code = read(name).replace(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(how)].map(([, path]) => {
    assert.match(path ?? "", /^\.\.?\//, `${name} imports ${path}, which isn't beside it`);
    return relative(root, join(root, dirname(name), path ?? ""));
  });
}

const ON_DEMAND = /\bimport\("(.+?)"\)/g;

/** @param {string} name @param {Set<string>} [seen] */
function reached(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of imports(name)) reached(next, seen);
  return seen;
}

/** What is loaded only when somebody comes for it: the modules that are imported so, and what those need besides. */
function onDemand() {
  const always = reached("app.js");
  const seen = new Set(always);
  for (const name of seen) for (const next of imports(name, ON_DEMAND)) reached(next, seen);
  return [...seen].filter((name) => !always.has(name));
}

test("every module is reached from app.js, at once or on demand, save the types, which are for the checker", () => {
  const known = new Set([...reached("app.js"), ...onDemand()]);
  assert.deepEqual(scripts.filter((name) => !known.has(name)), ["model/types.js"]);
  assert.deepEqual([...known].filter((name) => !scripts.includes(name)), []);
});

test("every import on demand names its module outright", () => {
  for (const name of scripts) {
    const code = read(name).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    assert.equal(code.match(/\bimport\s*\(/g)?.length ?? 0, imports(name, ON_DEMAND).length, name);
  }
});

test("index.html preloads every module that is always loaded, so that none waits for another to be read", () => {
  const preloaded = [...page.matchAll(/<link rel="modulepreload" href="\/(.+?)">/g)].map(([, path]) => path);
  const wanted = [...reached("app.js")].filter((name) => name !== "app.js");
  assert.deepEqual(preloaded.sort(), wanted.sort());
});

test("scripts and styles stay small: below 128 kB without their comments, below 55.1 kB as compressed", () => {
  // What no browser loads takes no time: the types are for the checker.
  const other = [...onDemand(), "model/types.js"];
  const texts = [...scripts.filter((name) => !other.includes(name)), "style.css"].map(read);
  const code = texts.map((text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "")).join("");
  const packed = texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0);
  assert.ok(Buffer.byteLength(code) < 128_000, `${Buffer.byteLength(code)} bytes of code`);
  assert.ok(packed < 55_100, `${packed} bytes compressed`);
});

test("what is loaded on demand stays below 8 kB as compressed, together", () => {
  const packed = onDemand().reduce((sum, name) => sum + gzipSync(read(name)).byteLength, 0);
  assert.ok(packed > 0 && packed < 8_000, `${packed} bytes compressed`);
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
