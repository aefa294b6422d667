// The frame: who is signed in decides between sign-in and the pages; the hash decides which page.

import { AccountPage } from "../account-page/account-page.js";
import { CameraPage } from "../camera-page/camera-page.js";
import { CameraWall } from "../camera-wall/camera-wall.js";
import { EventPage } from "../event-page/event-page.js";
import { EventsPage } from "../events-page/events-page.js";
import { HouseBanner } from "../house-banner/house-banner.js";
import { SignIn } from "../sign-in/sign-in.js";
import { ViewsPage } from "../views-page/views-page.js";
import { failure, h, say, setTitle, waiting, wordsOf } from "../../dom.js";
import { House } from "../../model/house.js";
import { parseRoute, paths } from "../../model/route.js";

export class HearthApp extends HTMLElement {
  #house = new House();
  #life = new AbortController();
  /** @type {import("../../model/route.js").Route} */
  #route = { page: "wall" };
  #shown = "";
  #signInWords = "";

  #main = h("main", { id: "content" });
  #nav = h("nav", { "aria-label": "Pages" });
  #person = h("div", { class: "person" });
  #foot = h("footer", {});

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.replaceChildren(
      h(
        "a",
        { class: "skip", href: "#content", onclick: (/** @type {Event} */ event) => this.#skip(event) },
        "Skip to content",
      ),
      h(
        "header",
        { class: "top" },
        h(
          "a",
          { class: "brand", href: paths.wall() },
          h("img", { src: "/favicon.svg", alt: "", width: 32, height: 32 }),
          "Hearth",
        ),
        this.#nav,
        this.#person,
      ),
      new HouseBanner(this.#house),
      this.#main,
      this.#foot,
    );
    history.scrollRestoration = "manual"; // The list of events finds its own place again; all else begins at the top.
    addEventListener("hashchange", () => this.#follow(), { signal });
    this.#house.addEventListener("session", () => this.#show(), { signal });
    this.#house.addEventListener("reachable", () => this.#show(), { signal });
    this.#begin();
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  async #begin() {
    this.#route = parseRoute(location.hash);
    this.#show();
    if (this.#route.page === "link") await this.#redeem(this.#route.token);
    if (this.#house.standing !== "signedIn") await this.#house.start();
  }

  async #follow() {
    if (location.hash === "#content") return; // The skip link's own address, not a page.
    this.#route = parseRoute(location.hash);
    if (this.#route.page === "link") await this.#redeem(this.#route.token);
    else this.#show();
  }

  /**
   * A one-time link: used at once, and out of the address before anything else can read it there.
   * @param {string} token
   */
  async #redeem(token) {
    history.replaceState(null, "", paths.wall());
    this.#route = { page: "wall" };
    try {
      await this.#house.signIn({ link: token });
      this.#signInWords = "";
    } catch (error) {
      this.#signInWords = `The sign-in link didn't work: ${wordsOf(error)} A link works once and not for long. ` +
        "Ask for a new one, or sign in with your password.";
    }
    this.#shown = "";
    this.#show();
  }

  /** Shows what the route and the session ask for, if that isn't shown already. */
  #show() {
    const house = this.#house;
    const signedIn = house.standing === "signedIn";
    this.#drawFrame(signedIn);
    const key = signedIn
      ? JSON.stringify(this.#route)
      : `${house.standing} ${house.reachable} ${this.#route.page === "setup"}`;
    if (key === this.#shown) return;
    const first = this.#shown === "" || this.#shown.startsWith("unknown");
    this.#shown = key;

    setTitle("");
    this.#main.replaceChildren(this.#page(signedIn));
    if (!first) this.#focusHeading();
    if (!(this.#route.page === "events" && signedIn)) scrollTo(0, 0);
  }

  /** @param {boolean} signedIn @returns {HTMLElement} */
  #page(signedIn) {
    const house = this.#house;
    if (this.#route.page === "setup") {
      return new SignIn(house, { setupToken: this.#route.token, words: "", done: () => this.#goHome() });
    }
    if (house.standing === "unknown") {
      return house.reachable ? waiting() : failure("Hearth doesn't answer. This page goes on as soon as it does.");
    }
    if (!signedIn) return new SignIn(house, { setupToken: null, words: this.#signInWords, done: () => {} });
    this.#signInWords = "";
    switch (this.#route.page) {
      case "wall":
        return new CameraWall(house);
      case "events":
        return new EventsPage(house, this.#route.camera);
      case "account":
        return new AccountPage(house);
      case "views":
        return new ViewsPage(house, this.#route.camera);
      case "event":
        return new EventPage(house, this.#route.id);
      case "camera":
        return new CameraPage(house, this.#route.id);
      default:
        setTitle("No such page");
        return h(
          "div",
          {},
          h("h1", { tabindex: -1 }, "No such page"),
          h("p", {}, h("a", { href: paths.wall() }, "Go to the wall")),
        );
    }
  }

  /** @param {boolean} signedIn */
  #drawFrame(signedIn) {
    const { session, clock, clockAhead } = this.#house;
    this.classList.toggle("signed-in", signedIn);
    this.#nav.hidden = this.#person.hidden = !signedIn;
    const here = this.#route.page;
    const link = (/** @type {string} */ href, /** @type {string} */ text, /** @type {string[]} */ pages) =>
      h("a", { href, "aria-current": pages.includes(here) ? "page" : null }, text);
    this.#nav.replaceChildren(
      link(paths.wall(), "Wall", ["wall", "camera"]),
      link(paths.events(), "Events", ["events", "event"]),
      link(paths.views(), "Views", ["views"]),
    );
    if (session && this.#person.dataset["id"] !== session.person.id) {
      this.#person.dataset["id"] = session.person.id;
      this.#person.replaceChildren(
        h("a", { href: paths.account(), title: "Your account" }, h("span", {}, session.person.name)),
        h("button", { class: "plain", onclick: () => this.#signOut() }, "Sign out"),
      );
    }
    if (!session) {
      this.#person.replaceChildren();
      delete this.#person.dataset["id"];
    }
    say(this.#foot, signedIn ? footWords(clock.zone, clockAhead) : "");
  }

  async #signOut() {
    try {
      await this.#house.signOut();
    } catch (error) {
      // Still signed in: saying otherwise would leave the next person with this one's cameras.
      this.#main.prepend(failure(`You are still signed in: ${wordsOf(error)}`, () => this.#signOut()));
      return;
    }
    location.hash = paths.wall();
  }

  #goHome() {
    history.replaceState(null, "", paths.wall());
    this.#follow();
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault();
    this.#focusHeading();
  }

  #focusHeading() {
    this.#main.querySelector("h1")?.focus({ preventScroll: true });
  }
}

/** Said only where it would surprise. @param {string} zone @param {number} clockAhead milliseconds */
function footWords(zone, clockAhead) {
  const words = [];
  if (zone !== Intl.DateTimeFormat().resolvedOptions().timeZone) words.push(`Times are those of the house: ${zone}.`);
  const seconds = Math.round(Math.abs(clockAhead) / 1000);
  if (seconds > 2) {
    words.push(`This device's clock is ${seconds} s ${clockAhead > 0 ? "ahead of" : "behind"} Hearth's.`);
  }
  return words.join(" ");
}
