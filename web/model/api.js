// The JSON API, and the check that a picture is of the camera that was asked for.

const API = "/api/v1";
const PATIENCE = 15_000;

/** An answer that isn't what was asked for. `status` 0: no answer at all. */
export class ApiProblem extends Error {
  /** @param {number} status @param {string} message in plain words */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Bytes of another camera came. They are not shown, whatever the reason. */
export class MixUp extends Error {
  constructor() {
    super("Pictures of another camera were refused.");
  }
}

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown, signal?: AbortSignal | undefined, patience?: number}} [options] patience in milliseconds
 * @returns {Promise<any>} the answer's JSON; null when it has none
 */
export async function ask(method, path, { body, signal, patience = PATIENCE } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    // Neither can be sent by another site's form: that is why the server wants them.
    headers["Content-Type"] = "application/json";
    headers["Hearth-Request"] = "1";
  }
  const response = await reach(
    `${API}${path}`,
    {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    },
    signal,
    patience,
  );
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : await response.json();
}

/**
 * A picture, ready to paint, if it is of this camera.
 * @param {string} path below /api/v1
 * @param {string} camera
 * @param {AbortSignal} signal
 */
export async function picture(path, camera, signal) {
  const response = await reach(`${API}${path}`, {}, signal, PATIENCE);
  if (!response.ok) throw await problemOf(response);
  if (response.headers.get("Hearth-Camera") !== camera) throw new MixUp();
  // No address of it is made: the page's policy allows no blob: images.
  return await createImageBitmap(await response.blob());
}

/**
 * Asks for the head of a video before a <video> loads it.
 * @param {string} path below /api/v1
 * @param {string} camera
 * @param {AbortSignal} signal
 * @returns {Promise<{address: string, from: string | null, to: string | null, next: string | null}>}
 */
export async function videoHead(path, camera, signal) {
  const address = `${API}${path}`;
  const response = await reach(address, { method: "HEAD" }, signal, PATIENCE);
  if (!response.ok) throw await problemOf(response);
  if (response.headers.get("Hearth-Camera") !== camera) throw new MixUp();
  const header = (/** @type {string} */ name) => response.headers.get(name);
  return { address, from: header("Hearth-From"), to: header("Hearth-To"), next: header("Hearth-Next") };
}

/**
 * @param {string} address @param {RequestInit} request
 * @param {AbortSignal | undefined} signal @param {number} patience
 */
async function reach(address, request, signal, patience) {
  const limit = AbortSignal.timeout(patience);
  try {
    return await fetch(address, {
      ...request,
      cache: "no-store",
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, "Hearth doesn't answer.");
  }
}

/** @param {Response} response */
async function problemOf(response) {
  let words = "";
  try {
    const problem = await response.json();
    words = String(problem.detail || problem.title || "");
  } catch {
    // An answer to HEAD, or of something between: the number must do.
  }
  return new ApiProblem(response.status, words || `Hearth answered ${response.status}.`);
}
