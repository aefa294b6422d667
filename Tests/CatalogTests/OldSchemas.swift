import SchemaSupport

extension OldSchema {
  static let all = [version1, version2]

  static let version1 = OldSchema(
    name: "v1",
    sql: """
      PRAGMA application_id = 1212367188;

      CREATE TABLE segment (
        camera BLOB NOT NULL CHECK (length(camera) = 16),       -- 16 bytes, CameraID
        id BLOB NOT NULL CHECK (length(id) = 16),               -- 16 bytes, SegmentID without its camera
        stream TEXT NOT NULL CHECK (stream IN ('main', 'detect')),
        file TEXT NOT NULL                                      -- path below the camera's media folder
          CHECK (length(file) <= 255 AND instr(file, lower(hex(id))) > 0),
        start_ns INTEGER NOT NULL,                              -- ns UTC, first sample
        end_ns INTEGER NOT NULL CHECK (end_ns > start_ns),      -- ns UTC, end of the last sample
        bytes INTEGER NOT NULL CHECK (bytes >= 0),              -- bytes of the file
        sequence INTEGER NOT NULL CHECK (sequence >= 0),        -- count of the camera's segments
        boot BLOB NOT NULL CHECK (length(boot) = 16),           -- 16 bytes, boot of the machine that wrote it
        codec TEXT NOT NULL CHECK (codec IN ('h264', 'h265')),
        audio INTEGER NOT NULL CHECK (audio IN (0, 1)),         -- 1 when the file holds sound
        state TEXT NOT NULL CHECK (state IN ('present', 'missing', 'deleting')),
        PRIMARY KEY (camera, id),
        UNIQUE (camera, file)
      ) STRICT;
      CREATE INDEX segment_by_time ON segment (camera, stream, start_ns, sequence, id);
      -- How far before a span the search for its first segment has to begin.
      CREATE INDEX segment_by_length ON segment (camera, stream, (end_ns - start_ns));
      -- Adds the footage up without reading the rows.
      CREATE INDEX segment_totals ON segment (camera, state, bytes, start_ns, end_ns);
      CREATE INDEX segment_not_present ON segment (state) WHERE state <> 'present';
      -- A row goes only after it was marked, so that a crash never leaves a file without its intent.
      CREATE TRIGGER segment_marked_first BEFORE DELETE ON segment WHEN OLD.state <> 'deleting'
        BEGIN SELECT RAISE (ABORT, 'a segment is marked as deleting before its row goes'); END;

      CREATE TABLE event (
        camera BLOB NOT NULL CHECK (length(camera) = 16),       -- 16 bytes, CameraID
        id BLOB NOT NULL CHECK (length(id) = 16),               -- 16 bytes, EventID without its camera
        start_ns INTEGER NOT NULL,                              -- ns UTC, motion began
        end_ns INTEGER CHECK (end_ns >= start_ns),              -- ns UTC, motion ended; NULL while it runs
        best_ns INTEGER NOT NULL,                               -- ns UTC, motion was strongest
        peak REAL NOT NULL CHECK (peak BETWEEN 0 AND 1),        -- share of the picture that moved, 0 to 1
        boxes TEXT NOT NULL CHECK (boxes LIKE '[%]'),           -- JSON list of boxes, relative 0 to 1
        reasons TEXT NOT NULL CHECK (reasons LIKE '[%]'),       -- JSON list of texts
        zones TEXT NOT NULL CHECK (zones LIKE '[%]'),           -- JSON list of zone names
        PRIMARY KEY (camera, id)
      ) STRICT;
      CREATE INDEX event_by_start ON event (start_ns DESC, camera, id);
      CREATE INDEX event_of_camera ON event (camera, start_ns DESC, id);
      CREATE INDEX event_by_length ON event (camera, (end_ns - start_ns));
      CREATE INDEX event_running ON event (camera, start_ns) WHERE end_ns IS NULL;

      CREATE TABLE state_note (
        camera BLOB NOT NULL CHECK (length(camera) = 16),       -- 16 bytes, CameraID
        from_ns INTEGER NOT NULL,                               -- ns UTC, in force from here to the next note
        class TEXT NOT NULL CHECK (class IN
          ('recorded', 'quiet', 'offline', 'wrongDevice', 'dropped', 'disk', 'clock', 'off', 'unknown')),
        cause TEXT NOT NULL CHECK (length(cause) <= 500),       -- words for a person; '' when there are none
        PRIMARY KEY (camera, from_ns)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE gap_note (
        camera BLOB NOT NULL CHECK (length(camera) = 16),       -- 16 bytes, CameraID
        from_ns INTEGER NOT NULL,                               -- ns UTC
        until_ns INTEGER NOT NULL CHECK (until_ns > from_ns),   -- ns UTC
        class TEXT NOT NULL CHECK (class IN
          ('recorded', 'quiet', 'offline', 'wrongDevice', 'dropped', 'disk', 'clock', 'off', 'unknown')),
        cause TEXT NOT NULL CHECK (length(cause) <= 500),       -- words for a person; '' when there are none
        PRIMARY KEY (camera, from_ns, until_ns, class)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX gap_note_by_length ON gap_note (camera, (until_ns - from_ns));

      CREATE TABLE journal_position (
        camera BLOB NOT NULL CHECK (length(camera) = 16),       -- 16 bytes, CameraID
        file TEXT NOT NULL CHECK (length(file) BETWEEN 1 AND 255),  -- name below the camera's journal folder
        offset_bytes INTEGER NOT NULL CHECK (offset_bytes >= 0),    -- bytes read so far: the next line begins here
        PRIMARY KEY (camera, file)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
      INSERT INTO grdb_migrations VALUES ('v1');
      """)

  static let version2 = OldSchema(
    name: "v2-installation",
    sql: version1.sql + """
      CREATE TABLE installation (
        id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)    -- 16 bytes, InstallationID; one row
      ) STRICT, WITHOUT ROWID;
      INSERT INTO grdb_migrations VALUES ('v2-installation');
      """)
}
