// Events newest first under the days of the house, with more by cursor, kept up to date by the feed.

import { EventCard } from "../event-card/event-card.js";
import { failure, h, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ask } from "../../model/api.js";
import { byDay, isNewer, merged } from "../../model/events.js";

/** @import { House } from "../../model/house.js" */
/** @import { Event as HouseEvent, EventPage } from "../../model/types.js" */

export class EventList extends HouseElement {
  #camera;
  #limit;
  #whole;
  #loading = false;
  /** @type {HouseEvent[]} */
  #events = [];
  /** @type {string | null} */
  #next = null;
  /** @type {Map<string, EventCard>} */
  #cards = new Map();
  /** @type {Map<string, HTMLOListElement>} */
  #days = new Map();

  #status = h("div", { class: "status" });
  #body = h("div", {});
  #more = h("button", { class: "more", hidden: true, onclick: () => this.#loadMore() }, "Load more");

  /**
   * @param {House} house
   * @param {{camera: string | null, limit: number, whole: boolean}} options whole: may be read to the end, and is
   *   found again as it was left; else only the newest
   */
  constructor(house, { camera, limit, whole }) {
    super(house);
    this.#camera = camera;
    this.#limit = limit;
    this.#whole = whole;
  }

  /** @override */
  appear() {
    this.replaceChildren(this.#status, this.#body, this.#more);
    this.on("event", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail));
    this.on("renewed", () => this.#load());
    this.on("cameras", () => this.#redrawDays());
    this.#recall();
    this.#load();
  }

  #recall() {
    if (!this.#whole) return;
    const memory = this.house.remembered.get(this.#camera ?? "");
    if (!memory) return scrollTo(0, 0);
    this.#events = memory.events;
    this.#next = memory.next;
    this.#draw();
    scrollTo(0, memory.scroll);
  }

  #remember() {
    if (!this.#whole) return;
    this.house.remembered.set(this.#camera ?? "", { events: this.#events, next: this.#next, scroll: scrollY });
  }

  /** The newest. */
  async #load() {
    if (this.#events.length === 0) this.#status.replaceChildren(waiting());
    try {
      const page = await this.#ask(null);
      const known = new Set(this.#events.map(({ id }) => id));
      const joins = this.#events.length > 0 && (page.next === null || page.events.some(({ id }) => known.has(id)));
      // Where the two don't meet there may be events between that were never read: then the list begins anew.
      if (!joins) {
        this.#clear();
        this.#next = page.next;
      }
      this.#events = merged(this.#events, page.events);
      this.#status.replaceChildren();
      this.#draw();
    } catch (error) {
      if (this.life.aborted) return;
      this.#status.replaceChildren(failure(`The events couldn't be read. ${wordsOf(error)}`, () => this.#load()));
    }
  }

  async #loadMore() {
    if (this.#loading || this.#next === null) return;
    this.#loading = true;
    this.#status.replaceChildren();
    try {
      const page = await this.#ask(this.#next);
      this.#next = page.next;
      this.#events = merged(this.#events, page.events);
      this.#draw();
      const first = page.events[0];
      // The button is gone at the end of the list: the focus goes on in what it brought.
      if (this.#next === null && first) this.#cards.get(first.id)?.querySelector("a")?.focus();
    } catch (error) {
      if (this.life.aborted) return;
      this.#more.after(failure(`No more could be read. ${wordsOf(error)}`, () => {
        this.#more.nextElementSibling?.remove();
        this.#loadMore();
      }));
    } finally {
      this.#loading = false;
    }
  }

  /** @param {string | null} cursor @returns {Promise<EventPage>} */
  async #ask(cursor) {
    const query = new URLSearchParams({ limit: String(this.#limit) });
    if (this.#camera) query.set("camera", this.#camera);
    if (cursor) query.set("cursor", cursor);
    return await ask("GET", `/events?${query}`, { signal: this.life });
  }

  /** @param {HouseEvent} event */
  #hear(event) {
    if (this.#camera && event.camera !== this.#camera) return;
    this.#events = merged(this.#events, [event]);
    this.#draw();
  }

  #clear() {
    this.#events = [];
    this.#cards.clear();
    this.#days.clear();
    this.#body.replaceChildren();
  }

  #draw() {
    if (!this.#whole) this.#events = this.#events.slice(0, this.#limit);
    const shown = new Set(this.#events.map(({ id }) => id));
    for (const [id, card] of this.#cards) {
      if (shown.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    for (const { day, events } of byDay(this.#events, this.house.clock)) {
      const list = this.#days.get(day) ?? this.#makeDay(day);
      for (const event of events) this.#place(event, list);
    }
    for (const [day, list] of this.#days) {
      if (list.children.length > 0) continue;
      list.parentElement?.remove();
      this.#days.delete(day);
    }
    this.#more.hidden = !this.#whole || this.#next === null;
    if (this.#events.length === 0) {
      this.#status.replaceChildren(
        h(
          "p",
          { class: "notice" },
          this.#camera
            ? "No events of this camera yet. An event is made when something moves in its picture."
            : "No events yet. An event is made when something moves in front of a camera.",
        ),
      );
    } else {
      this.#status.querySelector("p.notice")?.remove();
    }
    this.#remember();
  }

  /**
   * Cards stay the elements they are: the thumbnail stays painted, the focus stays.
   * @param {HouseEvent} event @param {HTMLOListElement} list
   */
  #place(event, list) {
    const known = this.#cards.get(event.id);
    if (known) return known.update(event);
    const card = new EventCard(this.house, event, { leaving: () => this.#remember() });
    this.#cards.set(event.id, card);
    const after = [...list.children].find((other) => other instanceof EventCard && isNewer(event, other.event));
    list.insertBefore(card, after ?? null);
  }

  /** @param {string} day */
  #makeDay(day) {
    const heading = h("h2", { "data-day": day }, this.#dayWords(day));
    const list = h("ol", { class: "events" });
    const section = h("section", {}, heading, list);
    const older = [...this.#days.keys()].filter((other) => other < day).sort().at(-1);
    const before = older === undefined ? null : this.#days.get(older)?.parentElement;
    this.#body.insertBefore(section, before ?? null);
    this.#days.set(day, list);
    return list;
  }

  /** "Today" becomes "Yesterday" at midnight, also on a page left open. */
  #redrawDays() {
    for (const [day, list] of this.#days) {
      const heading = list.previousElementSibling;
      const words = this.#dayWords(day);
      if (heading && heading.textContent !== words) heading.textContent = words;
    }
  }

  /** @param {string} day */
  #dayWords(day) {
    const { clock } = this.house;
    return clock.dayWords(clock.instant(`${day}T12:00:00`), this.house.now());
  }
}

customElements.define("event-list", EventList);
