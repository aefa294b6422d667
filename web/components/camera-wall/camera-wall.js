// The wall: one tile for each camera, live.

import { CameraTile } from "../camera-tile/camera-tile.js";
import { h, say, setTitle, waiting } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { wallWords } from "../../model/words.js";

export class CameraWall extends HouseElement {
  /** @type {Map<string, CameraTile>} */
  #tiles = new Map();
  #summary = h("p", { class: "quiet" });
  #list = h("ul", { class: "wall" });
  #empty = h("div", {});

  /** @override */
  appear() {
    setTitle("Wall");
    this.replaceChildren(
      h("div", { class: "heading" }, h("h1", { tabindex: -1 }, "Wall"), this.#summary),
      this.#empty,
      this.#list,
    );
    this.on("cameras", () => this.#draw());
    this.on("reachable", () => this.#draw());
    this.#draw();
  }

  #draw() {
    const cameras = this.house.list();
    this.#list.dataset["count"] = cameras.length <= 1 ? "one" : cameras.length <= 4 ? "few" : "many";
    say(this.#summary, cameras.length > 0 && this.house.reachable ? wallWords(cameras) : "");
    this.#drawEmpty(cameras.length);

    const ids = new Set(cameras.map(({ id }) => id));
    for (const [id, tile] of this.#tiles) {
      if (ids.has(id)) continue;
      tile.remove();
      this.#tiles.delete(id);
    }
    // A tile stays the element it is, so that a change of one camera stops no other's pictures.
    cameras.forEach((camera, index) => {
      let tile = this.#tiles.get(camera.id);
      if (!tile) {
        tile = new CameraTile(this.house, camera.id);
        this.#tiles.set(camera.id, tile);
      }
      if (this.#list.children[index] !== tile) this.#list.insertBefore(tile, this.#list.children[index] ?? null);
    });
  }

  /** @param {number} count */
  #drawEmpty(count) {
    if (count > 0) return this.#empty.replaceChildren();
    if (!this.house.camerasKnown) return this.#empty.replaceChildren(waiting());
    this.#empty.replaceChildren(
      this.house.session?.person.owner
        ? h(
          "div",
          { class: "notice" },
          h("p", {}, "No cameras yet."),
          h("p", {}, "Add one on the machine that runs Hearth: ", h("code", {}, "hearth camera add"), "."),
        )
        : h("div", { class: "notice" }, h("p", {}, "No camera is shared with you yet. Ask the owner of this house.")),
    );
  }
}

customElements.define("camera-wall", CameraWall);
