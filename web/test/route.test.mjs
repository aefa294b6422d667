import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRoute, paths } from "../model/route.js";

/** @type {[string, import("../model/route.js").Route][]} */
const routes = [
  ["", { page: "wall" }],
  ["#", { page: "wall" }],
  ["#/", { page: "wall" }],
  ["#/wall", { page: "wall" }],
  ["#/events", { page: "events", camera: null }],
  ["#/events?camera=ab%2Fc", { page: "events", camera: "ab/c" }],
  ["#/views", { page: "views", camera: null }],
  ["#/views?camera=ab", { page: "views", camera: "ab" }],
  ["#/views/1", { page: "unknown" }],
  ["#/account", { page: "account" }],
  ["#/event/ab12", { page: "event", id: "ab12" }],
  ["#/camera/ab12", { page: "camera", id: "ab12" }],
  ["#/camera/%E0%A4%A", { page: "camera", id: "%E0%A4%A" }],
  ["#link=a-b_c=", { page: "link", token: "a-b_c=" }],
  ["#setup=t%2B1", { page: "setup", token: "t+1" }],
  ["#link=", { page: "wall" }],
  ["#/event", { page: "unknown" }],
  ["#/camera/a/b", { page: "unknown" }],
  ["#/elsewhere", { page: "unknown" }],
];

for (const [hash, route] of routes) {
  test(`${JSON.stringify(hash)} leads to ${route.page}`, () => assert.deepEqual(parseRoute(hash), route));
}

test("a path leads to where it says", () => {
  assert.deepEqual(parseRoute(paths.camera("a/b?c")), { page: "camera", id: "a/b?c" });
  assert.deepEqual(parseRoute(paths.event("x y")), { page: "event", id: "x y" });
  assert.deepEqual(parseRoute(paths.events("x&y")), { page: "events", camera: "x&y" });
});
