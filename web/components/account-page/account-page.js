// One's own account: where one is signed in, and the password. An owner sees everybody's sessions.

import { failure, h, setTitle, waiting, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ask } from "../../model/api.js";

/** @import { OpenSession } from "../../model/types.js" */

export class AccountPage extends HouseElement {
  #sessions = h("div", { class: "sessions" });
  #others = h("button", { hidden: true, onclick: () => this.#endOthers() }, "Sign out everywhere else");
  #old = h("input", { id: "old", type: "password", autocomplete: "current-password", required: true });
  #new = h("input", { id: "new", type: "password", autocomplete: "new-password", required: true, minlength: 8 });
  #words = h("p", { class: "problem", role: "alert" });
  #done = h("p", { class: "quiet", role: "status" });
  #send = h("button", { class: "strong" }, "Change the password");

  /** @override */
  appear() {
    setTitle("Account");
    this.replaceChildren(
      h("div", { class: "heading" }, h("h1", { tabindex: -1 }, this.house.session?.person.name ?? "Account")),
      h("h2", {}, "Signed in"),
      this.#sessions,
      this.#others,
      h("h2", {}, "Password"),
      h(
        "form",
        { onsubmit: (/** @type {Event} */ event) => this.#change(event) },
        h("label", { for: "old" }, "The old one"),
        this.#old,
        h("label", { for: "new" }, "The new one"),
        this.#new,
        this.#words,
        this.#done,
        this.#send,
      ),
    );
    this.#load();
  }

  async #load() {
    if (!this.#sessions.firstChild) this.#sessions.replaceChildren(waiting());
    try {
      const { sessions } = await ask("GET", "/session/list", { signal: this.life });
      const own = this.house.session?.person.id;
      this.#others.hidden = !sessions.some((/** @type {OpenSession} */ each) => each.personId === own && !each.current);
      this.#sessions.replaceChildren(
        h("ol", { class: "views" }, ...sessions.map((/** @type {OpenSession} */ each) => this.#row(each))),
      );
    } catch (error) {
      if (this.life.aborted) return;
      this.#sessions.replaceChildren(failure(`The sessions couldn't be read. ${wordsOf(error)}`, () => this.#load()));
    }
  }

  /** @param {OpenSession} session */
  #row(session) {
    const { clock } = this.house;
    const now = this.house.now();
    const words = (/** @type {string} */ time) => clock.momentWords(Date.parse(time), now);
    return h(
      "li",
      {},
      h(
        "span",
        { class: "text" },
        h(
          "span",
          {},
          h("b", {}, session.person),
          session.current ? " here, on this device" : ` from ${session.address}`,
        ),
        h("span", { class: "quiet" }, `since ${words(session.created)}, last seen ${words(session.seen)}`),
        h("span", { class: "quiet" }, session.agent),
      ),
      !session.current &&
        h("button", { onclick: () => this.#end(`/session/list/${session.id}`) }, "Sign out"),
    );
  }

  #endOthers() {
    this.#end("/session/list");
  }

  /** @param {string} path */
  async #end(path) {
    try {
      await ask("DELETE", path, { signal: this.life });
    } catch (error) {
      if (this.life.aborted) return;
      this.#sessions.prepend(failure(`Still signed in. ${wordsOf(error)}`));
      return;
    }
    await this.#load();
  }

  /** @param {Event} event */
  async #change(event) {
    event.preventDefault();
    const { session } = this.house;
    if (this.#send.disabled || !session) return;
    this.#send.disabled = true;
    this.#words.textContent = this.#done.textContent = "";
    try {
      const body = { old: this.#old.value, password: this.#new.value };
      await ask("PUT", `/people/${encodeURIComponent(session.person.id)}/password`, { body });
      this.#old.value = this.#new.value = "";
      this.#done.textContent = "Changed. Everywhere else you are signed out.";
      await this.#load();
    } catch (error) {
      this.#words.textContent = wordsOf(error);
    } finally {
      this.#send.disabled = false;
    }
  }
}

customElements.define("account-page", AccountPage);
