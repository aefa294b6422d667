// What the page knows of the house: who is signed in, the cameras and their states, what happens.

import { ApiProblem, ask } from "./api.js";
import { Backoff } from "./backoff.js";
import { HouseClock } from "./clock.js";

/** @import { Alarm, Camera, Event as HouseEvent, Session } from "./types.js" */

/**
 * @typedef {"unknown" | "signedOut" | "signedIn"} Standing
 * @typedef {{events: HouseEvent[], next: string | null, scroll: number}} Remembered
 */

const LOOK_EVERY = 20_000;

/**
 * Tells its listeners: `session` (standing changed), `reachable` (the server went or came back), `cameras` (the list or
 * a state changed), `alarms` (what an owner must see), `renewed` (the server was met again, facts may have been missed), `event` (a CustomEvent with the
 * HouseEvent that began, changed or ended).
 */
export class House extends EventTarget {
  /** @type {Standing} */
  standing = "unknown";
  /** @type {Session | null} */
  session = null;
  reachable = true;
  /** Milliseconds this device's clock is ahead of the server's. */
  clockAhead = 0;
  clock = new HouseClock("UTC");
  /** @type {Map<string, Camera>} */
  cameras = new Map();
  camerasKnown = false;
  /** For an owner: what was refused since the server started, without what was seen already. @type {Alarm[]} */
  alarms = [];
  /** When the newest alarm was raised that was said to be seen. */
  #seenAlarm = "";
  /** Lists of events already read, so that "back" finds them as they were. @type {Map<string, Remembered>} */
  remembered = new Map();

  #backoff = new Backoff();
  /** @type {WebSocket | null} */
  #feed = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #meeting = false;

  start() {
    setInterval(() => this.#look(), LOOK_EVERY);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#look();
    });
    addEventListener("pageshow", (event) => event.persisted && this.check());
    addEventListener("online", () => this.check());
    return this.#meet();
  }

  /** The server's idea of now, in milliseconds. */
  now() {
    return Date.now() - this.clockAhead;
  }

  /** The cameras by name. */
  list() {
    return [...this.cameras.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  /** @param {string} id */
  nameOf(id) {
    return this.cameras.get(id)?.name ?? "A camera that was removed";
  }

  /** @param {{name: string, password: string} | {link: string}} proof */
  async signIn(proof) {
    await this.#enter(await ask("POST", "/session", { body: proof }));
  }

  /** @param {{token: string, name: string, password: string}} first */
  async setUp(first) {
    await this.#enter(await ask("POST", "/setup", { body: first }));
  }

  async signOut() {
    await ask("DELETE", "/session");
    this.#leave();
  }

  /** Something failed that might be the server or the session: asks both, unless that is already being asked. */
  check() {
    if (this.standing === "signedIn") this.#meet();
  }

  async refresh() {
    const { cameras } = await ask("GET", "/cameras");
    if (this.standing !== "signedIn") return;
    this.cameras = new Map(cameras.map((/** @type {Camera} */ camera) => [camera.id, camera]));
    this.camerasKnown = true;
    this.#tell("cameras");
    await this.#askAlarms();
  }

  dismissAlarms() {
    this.#seenAlarm = this.alarms.at(-1)?.at ?? this.#seenAlarm;
    this.alarms = [];
    this.#tell("alarms");
  }

  async #askAlarms() {
    if (!this.session?.person.owner) return;
    const { alarms } = await ask("GET", "/alarms");
    if (this.standing !== "signedIn") return;
    this.alarms = alarms.filter((/** @type {Alarm} */ { at }) => at > this.#seenAlarm);
    this.#tell("alarms");
  }

  /** Asks for the session; goes on from the answer. */
  async #meet() {
    if (this.#meeting) return;
    this.#meeting = true;
    clearTimeout(this.#retry);
    try {
      await this.#enter(await ask("GET", "/session", { patience: 8000 }));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        this.#setReachable(true);
        this.#leave();
      } else {
        this.#setReachable(false);
        this.#again();
      }
    } finally {
      this.#meeting = false;
    }
  }

  /** @param {Session} session */
  async #enter(session) {
    const other = this.session !== null && this.session.person.id !== session.person.id;
    if (other) this.#leave(); // Another tab signed in as somebody else: nothing of the first person's stays.
    this.session = session;
    this.clock = new HouseClock(session.zone);
    const ahead = Date.now() - Date.parse(session.serverTime);
    this.clockAhead = Number.isNaN(ahead) ? 0 : ahead;
    const entered = this.standing !== "signedIn";
    this.standing = "signedIn";
    this.#setReachable(true);
    this.#tell(entered ? "session" : "renewed");
    this.#listen();
    try {
      await this.refresh();
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) this.#leave();
      else this.#again();
    }
  }

  #leave() {
    const changed = this.standing !== "signedOut";
    this.session = null;
    this.standing = "signedOut";
    this.cameras = new Map();
    this.camerasKnown = false;
    this.alarms = [];
    this.#seenAlarm = "";
    this.remembered.clear();
    clearTimeout(this.#retry);
    this.#feed?.close();
    this.#feed = null;
    if (changed) this.#tell("session");
  }

  /** The feed of what happens; while it can't be had, #meet asks again and again instead. */
  #listen() {
    if (this.#feed && this.#feed.readyState <= WebSocket.OPEN) return;
    const address = new URL("/api/v1/feed", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    const feed = new WebSocket(address);
    this.#feed = feed;
    const opened = performance.now();
    feed.addEventListener("message", (event) => this.#hear(String(event.data)));
    feed.addEventListener("close", () => {
      if (this.#feed !== feed) return;
      this.#feed = null;
      if (this.standing !== "signedIn") return;
      if (performance.now() - opened > 5000) {
        this.#backoff.reset();
        this.#meet(); // It worked until now: say at once whether the server is gone.
      } else {
        this.#again();
      }
    });
  }

  /** @param {string} text */
  #hear(text) {
    /** @type {{state?: {camera: string, state: string}, event?: HouseEvent, alarm?: Alarm}} */
    let fact;
    try {
      fact = JSON.parse(text);
    } catch {
      return; // A fact that can't be read changes nothing; the next look asks for the whole.
    }
    if (fact.state) this.#hearState(fact.state);
    if (fact.alarm) {
      this.alarms = [...this.alarms, fact.alarm];
      this.#tell("alarms");
    }
    if (fact.event) this.dispatchEvent(new CustomEvent("event", { detail: fact.event }));
  }

  /** @param {{camera: string, state: string}} state */
  #hearState({ camera: id, ...change }) {
    const camera = this.cameras.get(id);
    if (!camera) {
      this.refresh().catch(() => this.check());
      return;
    }
    // Only what a worker knows: a name or a right never comes by this way.
    const { state, since, cause, streams, notes } = /** @type {Partial<Camera>} */ (change);
    this.cameras.set(id, {
      ...camera,
      cause: cause ?? null,
      state: state ?? camera.state,
      since: since ?? camera.since ?? null,
      ...(streams && { streams }),
      ...(notes && { notes }),
    });
    this.#tell("cameras");
    // Which device answers instead is not for everybody, so the feed leaves it out.
    if (state === "wrongDevice") this.refresh().catch(() => this.check());
  }

  #look() {
    if (document.visibilityState !== "visible" || this.standing !== "signedIn" || !this.reachable) return;
    this.refresh().catch(() => this.check());
  }

  #again() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#meet(), this.#backoff.next());
  }

  /** @param {boolean} reachable */
  #setReachable(reachable) {
    if (this.reachable === reachable) return;
    this.reachable = reachable;
    this.#tell("reachable");
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
