extension HouseholdSchema {
  /// Grants and tokens with an end and hours, tokens for a part of what their person may do, settings that the household
  /// found out for itself, and two more actions in the view log.
  ///
  /// SQLite can't change a CHECK, so the view log is copied row by row into a wider table; its hashes are of the rows'
  /// contents and stay true.
  static let version2 =
    """
    ALTER TABLE camera_grant ADD COLUMN until_ns INTEGER;             -- ns UTC, nothing from then on; NULL: for good
    ALTER TABLE camera_grant ADD COLUMN from_minute INTEGER           -- minute of the house's day; NULL: all day
      CHECK (from_minute BETWEEN 0 AND 1439);
    ALTER TABLE camera_grant ADD COLUMN to_minute INTEGER             -- at or before from_minute: over midnight
      CHECK ((from_minute IS NULL) = (to_minute IS NULL) AND to_minute BETWEEN 0 AND 1439 AND from_minute <> to_minute);

    ALTER TABLE token ADD COLUMN rights INTEGER NOT NULL DEFAULT 15   -- bits of Rights: never more than these
      CHECK (rights BETWEEN 1 AND 15);
    ALTER TABLE token ADD COLUMN until_ns INTEGER;                    -- ns UTC, refused from then on; NULL: for good
    ALTER TABLE token ADD COLUMN from_minute INTEGER CHECK (from_minute BETWEEN 0 AND 1439);
    ALTER TABLE token ADD COLUMN to_minute INTEGER
      CHECK ((from_minute IS NULL) = (to_minute IS NULL) AND to_minute BETWEEN 0 AND 1439 AND from_minute <> to_minute);
    ALTER TABLE token ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0    -- 1: for the cameras of token_camera alone
      CHECK (chosen IN (0, 1));

    CREATE TABLE token_camera (
      token BLOB NOT NULL REFERENCES token ON DELETE CASCADE,
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      rights INTEGER NOT NULL CHECK (rights BETWEEN 1 AND 15),    -- bits of Rights: never more than these
      PRIMARY KEY (token, camera)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (
      name TEXT NOT NULL PRIMARY KEY CHECK (name IN ('password_cost')),
      value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE view_log_2 (
      row INTEGER NOT NULL PRIMARY KEY,                           -- 1, 2, 3, ... without a gap
      person BLOB NOT NULL CHECK (length(person) = 16),           -- 16 bytes; outlives the person
      name TEXT NOT NULL,                                         -- the person's name at that time
      came_by TEXT NOT NULL CHECK (came_by IN ('session', 'token', 'console')),
      address TEXT NOT NULL CHECK (length(address) <= 64),        -- where the request came from
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      action TEXT NOT NULL
        CHECK (action IN ('live', 'playback', 'thumbnail', 'snapshot', 'export', 'list', 'delete')),
      from_ns INTEGER,                                            -- ns UTC, what was asked for; NULL: now
      to_ns INTEGER CHECK ((from_ns IS NULL) = (to_ns IS NULL) AND from_ns < to_ns),  -- ns UTC
      at_ns INTEGER NOT NULL,                                     -- ns UTC, when it was opened
      previous BLOB NOT NULL CHECK (length(previous) = 32),       -- hash of the row before; zeros for the first
      hash BLOB NOT NULL CHECK (length(hash) = 32)                -- SHA-256 over previous and this row
    ) STRICT;
    INSERT INTO view_log_2
      SELECT row, person, name, came_by, address, camera, action, from_ns, to_ns, at_ns, previous, hash
      FROM view_log ORDER BY row;
    DROP TABLE view_log;
    ALTER TABLE view_log_2 RENAME TO view_log;
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
