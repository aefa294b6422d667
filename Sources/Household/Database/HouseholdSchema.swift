import GRDB

/// The household's tables. A migration that has shipped is never edited: the next change is a new one.
///
/// Ids are the 16 bytes of their `RandomID`; times are nanoseconds UTC since 1970 (`WallTime`); digests are SHA-256.
enum HouseholdSchema {
  /// "HHSE": tells the household from any other SQLite file.
  static let applicationID: Int32 = 0x4848_5345

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("v1") { try $0.execute(sql: people1 + logs1) }
    migrator.registerMigration("v2") { try $0.execute(sql: version2) }
    migrator.registerMigration("v3") { try $0.execute(sql: version3) }
    return migrator
  }

  private static let people1 = """
    PRAGMA application_id = \(applicationID);

    CREATE TABLE person (
      id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),       -- 16 bytes, PersonID
      name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 256),  -- as shown, NFC
      name_key TEXT NOT NULL UNIQUE,                              -- the name without case
      owner INTEGER NOT NULL CHECK (owner IN (0, 1)),             -- 1: every right on every camera
      password TEXT CHECK (password LIKE '$y$%'),                 -- yescrypt; NULL: signs in by link or token only
      created_ns INTEGER NOT NULL                                 -- ns UTC
    ) STRICT;

    CREATE TABLE session (
      digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),  -- SHA-256 of the token, 32 bytes
      person BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
      created_ns INTEGER NOT NULL,                                -- ns UTC
      seen_ns INTEGER NOT NULL,                                   -- ns UTC, to the minute
      agent TEXT NOT NULL CHECK (length(agent) <= 256),           -- the browser's own words
      address TEXT NOT NULL CHECK (length(address) <= 64)         -- where it signed in from
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX session_of_person ON session (person);

    CREATE TABLE link (
      digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),  -- SHA-256 of the token, 32 bytes
      person BLOB REFERENCES person ON DELETE CASCADE,            -- NULL: the first start's set-up
      expires_ns INTEGER NOT NULL                                 -- ns UTC
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX link_of_person ON link (person);

    CREATE TABLE token (
      id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),       -- 16 bytes, TokenID
      digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),    -- SHA-256 of the token, 32 bytes
      person BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
      label TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 256),
      created_ns INTEGER NOT NULL,                                -- ns UTC
      used_ns INTEGER                                             -- ns UTC, to the minute; NULL: never
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX token_of_person ON token (person);

    CREATE TABLE camera_grant (
      person BLOB NOT NULL REFERENCES person ON DELETE CASCADE,
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      rights INTEGER NOT NULL CHECK (rights BETWEEN 1 AND 15),    -- bits of Rights
      PRIMARY KEY (person, camera)
    ) STRICT, WITHOUT ROWID;

    """

  private static let logs1 = """
    CREATE TABLE view_log (
      row INTEGER NOT NULL PRIMARY KEY,                           -- 1, 2, 3, ... without a gap
      person BLOB NOT NULL CHECK (length(person) = 16),           -- 16 bytes; outlives the person
      name TEXT NOT NULL,                                         -- the person's name at that time
      came_by TEXT NOT NULL CHECK (came_by IN ('session', 'token', 'console')),
      address TEXT NOT NULL CHECK (length(address) <= 64),        -- where the request came from
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      action TEXT NOT NULL CHECK (action IN ('live', 'playback', 'thumbnail', 'snapshot', 'export')),
      from_ns INTEGER,                                            -- ns UTC, what was asked for; NULL: now
      to_ns INTEGER CHECK ((from_ns IS NULL) = (to_ns IS NULL) AND from_ns < to_ns),  -- ns UTC
      at_ns INTEGER NOT NULL,                                     -- ns UTC, when it was opened
      previous BLOB NOT NULL CHECK (length(previous) = 32),       -- hash of the row before; zeros for the first
      hash BLOB NOT NULL CHECK (length(hash) = 32)                -- SHA-256 over previous and this row
    ) STRICT;
    CREATE INDEX view_log_sitting ON view_log (person, camera, action, row);
    CREATE INDEX view_log_of_camera ON view_log (camera, row);

    CREATE TABLE view_note (
      note INTEGER NOT NULL PRIMARY KEY,                          -- 1, 2, 3, ... without a gap
      row INTEGER NOT NULL REFERENCES view_log,                   -- the sitting
      kind TEXT NOT NULL CHECK (kind IN ('seen', 'ended')),
      from_ns INTEGER,                                            -- ns UTC, what was asked for; NULL: now
      to_ns INTEGER CHECK ((from_ns IS NULL) = (to_ns IS NULL) AND from_ns < to_ns),  -- ns UTC
      bytes INTEGER NOT NULL CHECK (bytes >= 0),                  -- bytes sent, known at an end
      at_ns INTEGER NOT NULL,                                     -- ns UTC
      previous BLOB NOT NULL CHECK (length(previous) = 32),       -- hash of the note before; zeros for the first
      hash BLOB NOT NULL CHECK (length(hash) = 32)                -- SHA-256 over previous and this note
    ) STRICT;
    CREATE INDEX view_note_of_row ON view_note (row, at_ns);

    CREATE TABLE deletion_log (
      row INTEGER NOT NULL PRIMARY KEY,                           -- 1, 2, 3, ...
      camera BLOB NOT NULL CHECK (length(camera) = 16),           -- 16 bytes, CameraID
      file TEXT NOT NULL CHECK (length(file) BETWEEN 1 AND 255),  -- path below the camera's media folder
      from_ns INTEGER NOT NULL,                                   -- ns UTC, what it held
      to_ns INTEGER NOT NULL CHECK (from_ns < to_ns),             -- ns UTC
      bytes INTEGER NOT NULL CHECK (bytes >= 0),                  -- bytes freed
      rule TEXT NOT NULL CHECK (length(rule) BETWEEN 1 AND 256),  -- the rule's name
      why TEXT NOT NULL CHECK (length(why) <= 1000),              -- the rule's numbers, in words
      at_ns INTEGER NOT NULL,                                     -- ns UTC
      UNIQUE (camera, file)
    ) STRICT;

    -- The logs only grow. Inserting is guarded too, because INSERT OR REPLACE deletes without any trigger.
    CREATE TRIGGER view_log_stays_1 BEFORE UPDATE ON view_log
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_log_stays_2 BEFORE DELETE ON view_log
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_log_stays_3 BEFORE INSERT ON view_log
      WHEN NEW.row <> (SELECT coalesce(max(row), 0) + 1 FROM view_log)
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_note_stays_1 BEFORE UPDATE ON view_note
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_note_stays_2 BEFORE DELETE ON view_note
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER view_note_stays_3 BEFORE INSERT ON view_note
      WHEN NEW.note <> (SELECT coalesce(max(note), 0) + 1 FROM view_note)
      BEGIN SELECT RAISE (ABORT, 'the view log only grows'); END;
    CREATE TRIGGER deletion_log_stays_1 BEFORE UPDATE ON deletion_log
      BEGIN SELECT RAISE (ABORT, 'the deletion log only grows'); END;
    CREATE TRIGGER deletion_log_stays_2 BEFORE DELETE ON deletion_log
      BEGIN SELECT RAISE (ABORT, 'the deletion log only grows'); END;
    CREATE TRIGGER deletion_log_stays_3 BEFORE INSERT ON deletion_log
      WHEN NEW.row <> (SELECT coalesce(max(row), 0) + 1 FROM deletion_log)
        OR EXISTS (SELECT 1 FROM deletion_log WHERE camera = NEW.camera AND file = NEW.file)
      BEGIN SELECT RAISE (ABORT, 'the deletion log only grows'); END;
    """
}
