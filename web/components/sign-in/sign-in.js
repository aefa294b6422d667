// Name and password: to sign in, or at first start to make the owner.

import { h, setTitle, wordsOf } from "../../dom.js";
import { HouseElement } from "../../house-element.js";
import { ApiProblem } from "../../model/api.js";

/** @import { House } from "../../model/house.js" */

export class SignIn extends HouseElement {
  #with;
  #words = h("p", { class: "problem", role: "alert" });
  #name = h("input", {
    id: "name",
    name: "name",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
  });
  #password = h("input", { id: "password", name: "password", type: "password", required: true });
  #send = h("button", { class: "strong" });

  /** @param {House} house @param {{setupToken: string | null, words: string, done: () => void}} options */
  constructor(house, options) {
    super(house);
    this.#with = options;
  }

  /** @override */
  appear() {
    const first = this.#with.setupToken !== null;
    const title = first ? "Welcome to Hearth" : "Sign in";
    setTitle(title);
    this.#password.autocomplete = first ? "new-password" : "current-password";
    this.#words.textContent = this.#with.words;
    this.#send.textContent = first ? "Make me the owner" : "Sign in";
    this.replaceChildren(
      h("h1", { tabindex: -1 }, title),
      first ? h("p", {}, "Choose the name and password of this household's owner. They stay in this house.") : "",
      h(
        "form",
        { onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
        h("label", { for: "name" }, "Name"),
        this.#name,
        h("label", { for: "password" }, "Password"),
        this.#password,
        h(
          "label",
          { class: "tick" },
          h("input", { type: "checkbox", onchange: () => this.#reveal() }),
          "Show the password",
        ),
        this.#words,
        this.#send,
      ),
      first ? "" : h("p", { class: "quiet" }, "No password yet? The owner can make you a sign-in link."),
    );
  }

  #reveal() {
    this.#password.type = this.#password.type === "password" ? "text" : "password";
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    if (this.#send.disabled) return;
    this.#send.disabled = true;
    this.#words.textContent = "";
    const proof = { name: this.#name.value.trim(), password: this.#password.value };
    try {
      const token = this.#with.setupToken;
      if (token === null) await this.house.signIn(proof);
      else await this.house.setUp({ token, ...proof });
      this.#with.done();
    } catch (error) {
      this.#words.textContent = this.#refusal(error);
      this.#send.disabled = false;
      this.#password.focus();
    }
  }

  /** @param {unknown} error */
  #refusal(error) {
    const wrong = error instanceof ApiProblem && error.status === 401;
    if (wrong && this.#with.setupToken === null) return "That name and password don't go together. Try again.";
    return wordsOf(error);
  }
}

customElements.define("sign-in", SignIn);
