// Hash routes: the server's static files stay plain files, and a sign-in token in the fragment reaches no log.

/**
 * @typedef {{page: "wall"} | {page: "events", camera: string | null} | {page: "event", id: string}
 *   | {page: "views", camera: string | null} | {page: "account"} | {page: "camera", id: string} | {page: "link", token: string} | {page: "setup", token: string}
 *   | {page: "unknown"}} Route
 */

/**
 * @param {string} hash as in `location.hash`
 * @returns {Route}
 */
export function parseRoute(hash) {
  const text = hash.replace(/^#/, "");
  const token = /^(link|setup)=(.+)$/.exec(text);
  if (token) {
    const page = token[1] === "link" ? "link" : "setup";
    return { page, token: decoded(token[2] ?? "") };
  }
  const [path = "", query = ""] = text.split("?", 2);
  const [, page = "", id = "", ...rest] = path.split("/");
  if (rest.length > 0) return { page: "unknown" };
  switch (page) {
    case "":
    case "wall":
      return id ? { page: "unknown" } : { page: "wall" };
    case "events":
      return id ? { page: "unknown" } : { page: "events", camera: new URLSearchParams(query).get("camera") || null };
    case "views":
      return id ? { page: "unknown" } : { page: "views", camera: new URLSearchParams(query).get("camera") || null };
    case "account":
      return id ? { page: "unknown" } : { page: "account" };
    case "event":
      return id ? { page: "event", id: decoded(id) } : { page: "unknown" };
    case "camera":
      return id ? { page: "camera", id: decoded(id) } : { page: "unknown" };
    default:
      return { page: "unknown" };
  }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign: the server will say that it knows no such thing.
  }
}

export const paths = {
  wall: () => "#/wall",
  account: () => "#/account",
  /** @param {string | null} [camera] */
  events: (camera) => camera ? `#/events?camera=${encodeURIComponent(camera)}` : "#/events",
  /** @param {string | null} [camera] */
  views: (camera) => camera ? `#/views?camera=${encodeURIComponent(camera)}` : "#/views",
  /** @param {string} id */
  event: (id) => `#/event/${encodeURIComponent(id)}`,
  /** @param {string} id */
  camera: (id) => `#/camera/${encodeURIComponent(id)}`,
};
