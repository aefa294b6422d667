// Builds elements. Text enters as text nodes only: nothing here reads markup.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]
 *   a function listens ("onclick" to click); true is an empty attribute; false, null and undefined are none
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Sets the text only where it differs: a screen reader reads what changes.
 * @param {HTMLElement} element @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} text the page's name, before the product's */
export function setTitle(text) {
  document.title = text ? `${text} · Hearth` : "Hearth";
}

/**
 * Words for something that failed, with a button to try again.
 * @param {string} text @param {() => void} [again]
 */
export function failure(text, again) {
  return h(
    "div",
    { class: "notice", role: "alert" },
    h("p", {}, text),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}

/** Words that matter only when the wait is noticed. @param {string} [text] */
export function waiting(text = "Loading…") {
  return h("p", { class: "waiting" }, text);
}

/**
 * Shows the whole of a bitmap, which is used up by it.
 * @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap
 */
export function paint(canvas, bitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}

/** @param {unknown} error */
export function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
