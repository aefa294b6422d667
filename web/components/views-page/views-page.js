// The view log: who watched, listed, exported or deleted what, newest first.

import { CameraFilter } from "../camera-filter/camera-filter.js";
import { failure, h, setTitle, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ask } from "../../model/api.js";
import { paths } from "../../model/route.js";
import { viewSpanWords, viewWords } from "../../model/views.js";

/** @import { House } from "../../model/house.js" */
/** @import { View, ViewPage } from "../../model/types.js" */

const AT_ONCE = 60;

export class ViewsPage extends HouseElement {
  #camera;
  /** @type {number | null} */
  #next = null;
  #day = "";
  #loading = false;
  /** @type {View[]} */
  #views = [];

  #status = h("div", { class: "status" });
  #body = h("div", {});
  #more = h("button", { class: "more", hidden: true, onclick: () => this.#load() }, "Load more");

  /** @param {House} house @param {string | null} camera */
  constructor(house, camera) {
    super(house);
    this.#camera = camera;
  }

  /** @override */
  appear() {
    setTitle("Views");
    this.replaceChildren(
      h(
        "div",
        { class: "heading" },
        h("h1", { tabindex: -1 }, "Who watched what"),
        new CameraFilter(this.house, this.#camera, paths.views),
      ),
      this.#status,
      this.#body,
      this.#more,
    );
    this.on("cameras", () => this.#draw());
    this.#load();
  }

  async #load() {
    if (this.#loading) return;
    this.#loading = true;
    if (this.#views.length === 0) this.#status.replaceChildren(waiting());
    const query = new URLSearchParams({ limit: String(AT_ONCE) });
    if (this.#camera) query.set("camera", this.#camera);
    if (this.#next !== null) query.set("before", String(this.#next));
    try {
      /** @type {ViewPage} */
      const page = await ask("GET", `/views?${query}`, { signal: this.life });
      this.#next = page.next;
      this.#views.push(...page.views);
      this.#status.replaceChildren();
      for (const view of page.views) this.#append(view);
      this.#more.hidden = page.next === null;
      if (this.#views.length === 0) {
        this.#status.replaceChildren(h("p", { class: "notice" }, "Nobody has watched yet."));
      }
    } catch (error) {
      if (this.life.aborted) return;
      this.#status.replaceChildren(failure(`The log couldn't be read. ${wordsOf(error)}`, () => this.#load()));
    } finally {
      this.#loading = false;
    }
  }

  /** Names may have come after the rows. */
  #draw() {
    this.#body.replaceChildren();
    this.#day = "";
    for (const view of this.#views) this.#append(view);
  }

  /** @param {View} view */
  #append(view) {
    const { clock } = this.house;
    const at = Date.parse(view.at);
    const day = clock.dayKey(at);
    if (day !== this.#day) {
      this.#day = day;
      this.#body.append(h("h2", {}, clock.dayWords(at, this.house.now())), h("ol", { class: "views" }));
    }
    this.#body.lastElementChild?.append(
      h(
        "li",
        {},
        h("time", { datetime: view.at }, clock.hourAndMinute(at)),
        h(
          "span",
          { class: "text" },
          h("span", {}, h("b", {}, view.person), ` ${viewWords(view, this.house.nameOf(view.camera))}`),
          h("span", { class: "quiet" }, viewSpanWords(view, clock, this.house.now())),
        ),
      ),
    );
  }
}

customElements.define("views-page", ViewsPage);
