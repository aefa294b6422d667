extension HouseholdSchema {
  /// One more action in the view log, the filmstrip. Copied row by row as in `version2`, for the same reason.
  static let version3 =
    """
    CREATE TABLE view_log_3 (
      row INTEGER NOT NULL PRIMARY KEY,                           -- 1, 2, 3, ... without a gap
      person BLOB NOT NULL CHECK (length(person) = 16),           -- 16 bytes; outlives the person
      name TEXT NOT NULL,                                         -- the person's name at that time
      came_by TEXT NOT NULL CHECK (came_by IN ('session', 'token', 'console')),
      address TEXT NOT NULL CHECK (length(address) <= 64),        -- where the request came from
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      action TEXT NOT NULL
        CHECK (action IN ('live', 'playback', 'thumbnail', 'filmstrip', 'snapshot', 'export', 'list', 'delete')),
      from_ns INTEGER,                                            -- ns UTC, what was asked for; NULL: now
      to_ns INTEGER CHECK ((from_ns IS NULL) = (to_ns IS NULL) AND from_ns < to_ns),  -- ns UTC
      at_ns INTEGER NOT NULL,                                     -- ns UTC, when it was opened
      previous BLOB NOT NULL CHECK (length(previous) = 32),       -- hash of the row before; zeros for the first
      hash BLOB NOT NULL CHECK (length(hash) = 32)                -- SHA-256 over previous and this row
    ) STRICT;
    INSERT INTO view_log_3
      SELECT row, person, name, came_by, address, camera, action, from_ns, to_ns, at_ns, previous, hash
      FROM view_log ORDER BY row;
    DROP TABLE view_log;
    ALTER TABLE view_log_3 RENAME TO view_log;
    CREATE INDEX view_log_sitting ON view_log (person, camera, action, row);
    CREATE INDEX view_log_of_camera ON view_log (camera, row);
    CREATE TRIGGER view_log_stays_1 BEFORE UPDATE ON view_log
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_log_stays_2 BEFORE DELETE ON view_log
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_log_stays_3 BEFORE INSERT ON view_log
      WHEN NEW.row <> (SELECT coalesce(max(row), 0) + 1 FROM view_log)
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    """
}
