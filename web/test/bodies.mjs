// Whole bodies of the API, as the server sends them, for tests that care about some of their fields.

/**
 * @param {object} [more] what matters to the test, also what the document doesn't know
 * @returns {import("../model/types.js").Camera}
 */
export const cameraBody = (more = {}) => ({
  id: "c",
  name: "Garden",
  state: "recording",
  since: "2026-11-23T09:05:00.000Z",
  cause: null,
  streams: [],
  record: "continuous",
  audio: false,
  archived: false,
  notes: [],
  rights: ["live", "playback", "export", "manage"],
  ...more,
});

/**
 * @param {Partial<import("../model/types.js").Event>} [more]
 * @returns {import("../model/types.js").Event}
 */
export const eventBody = (more = {}) => ({
  id: "e",
  camera: "c",
  start: "2026-11-23T10:00:00.000Z",
  end: "2026-11-23T10:00:00.000Z",
  best: "2026-11-23T10:00:00.000Z",
  peak: 0.1,
  boxes: [],
  reasons: [],
  zones: [],
  protected: false,
  ...more,
});
