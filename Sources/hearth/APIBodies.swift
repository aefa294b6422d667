import Domain

/// What the commands read of the API's answers.
enum API {
  struct Cameras: Decodable, Sendable { let cameras: [Camera] }
  struct Camera: Decodable, Sendable {
    struct Stream: Decodable, Sendable {
      let role: String
      let codec: String
      let width: Int
      let height: Int
      let frameRate: Double?
    }
    let id: String
    let name: String
    let state: String
    let since: String
    let cause: String?
    let streams: [Stream]
    let record: String?
    let audio: Bool?
    let archived: Bool?
    let notes: [String]?
    struct Device: Decodable, Sendable {
      struct Offer: Decodable, Sendable {
        let source: String
        let why: String
      }
      let looksLike: String?
      let offer: Offer?
    }
    let device: Device?
  }

  struct People: Decodable, Sendable { let people: [Person] }
  struct Person: Decodable, Sendable {
    struct Grant: Codable, Sendable {
      let camera: String
      let rights: [String]
      var until: String?
      var hours: String?
    }
    let id: String
    let name: String
    let owner: Bool
    let grants: [Grant]?
  }

  struct Sessions: Decodable, Sendable { let sessions: [Session] }
  struct Session: Codable, Sendable {
    let id: String
    let person: String
    let personId: String
    let created: String
    let seen: String
    let agent: String
    let address: String
  }

  struct Token: Decodable, Sendable { let token: String }
  struct Tokens: Decodable, Sendable { let tokens: [ListedToken] }
  struct ListedToken: Decodable, Sendable {
    struct Chosen: Codable, Sendable {
      let camera: String
      let rights: [String]?
    }
    let id: String
    let label: String
    let person: String
    let rights: [String]
    let until: String?
    let hours: String?
    let cameras: [Chosen]?
    let used: String?
  }
  struct Link: Decodable, Sendable { let link: String }

  struct Events: Decodable, Sendable {
    let events: [Event]
    let next: String?
  }
  struct Event: Decodable, Sendable {
    let id: String
    let camera: String
    let start: String
    let end: String?
    let peak: Double
    let reasons: [String]
    let zones: [String]?
    let protected: Bool
  }

  struct Replay: Codable, Sendable {
    struct Event: Codable, Sendable {
      let outcome: String
      let start: String
      let end: String
      let peak: Double
      let reasons: [String]
      let id: String?
    }
    struct Suppressed: Codable, Sendable {
      let start: String
      let end: String
      let cause: String
      let why: String
    }
    let camera: String
    let sensitivity: Int
    let seconds: Double
    let next: String?
    let events: [Event]
    let suppressed: [Suppressed]
  }

  struct Suppressed: Decodable, Sendable {
    struct Candidate: Decodable, Sendable {
      let camera: String
      let start: String
      let end: String
      let why: String
      let share: Double
      let more: Int
    }
    let suppressed: [Candidate]
    let isCut: Bool
  }

  struct Views: Decodable, Sendable {
    let views: [View]
    let next: Int64?
  }
  struct View: Decodable, Sendable {
    let row: Int64
    let person: String
    let camera: String
    let action: String
    let from: String?
    let to: String?
    let at: String
    let ended: String?
    let bytes: Int64
    let address: String
  }

  /// A folder for footage; without one the data directory.
  struct Media: Encodable, Sendable { let path: String? }
  struct ForgetMedia: Encodable, Sendable { let forget: String }
  struct Storage: Decodable, Sendable {
    struct Volume: Decodable, Sendable {
      let path: String
      let cause: String?
    }
    let media: String?
    let volumes: [Volume]
  }

  struct Changes: Decodable, Sendable { let changes: [Change] }
  struct Change: Decodable, Sendable {
    let subject: String
    let kind: String
    let name: String
    let what: [String]
  }

  struct Findings: Decodable, Sendable {
    struct ViewLog: Decodable, Sendable {
      let holds: Bool
      let rows: Int
      let newest: String?
    }
    let findings: [Finding]
    let checked: [String: Int]
    let viewLog: ViewLog
  }
  struct Finding: Decodable, Sendable {
    let what: String
    let `where`: String
    let next: String
  }

  struct RetentionPlan: Decodable, Sendable {
    struct Deletion: Decodable, Sendable {
      let name: String
      let from: String
      let bytes: Int64
      let rule: String
      let reason: String
    }
    struct Forecast: Decodable, Sendable {
      let name: String
      let bytes: Int64
      let bytesPerDay: Int64
      let days: Double?
      let limit: String?
    }
    let bytes: Int64
    let deletions: [Deletion]
    let forecast: [Forecast]
    let summary: String
    /// What of it the server leaves for now.
    let waiting: String
    /// Why some of it waits, if it does.
    let held: [String]
    /// What `apply` names, so that exactly what was shown is deleted.
    let plan: String
  }

  struct PolicyRefusal: Decodable, Sendable {
    let title: String
    let plan: RetentionPlan
  }

  struct Deletions: Codable, Sendable {
    var deletions: [Deletion]
    var next: Int64?
  }
  struct Deletion: Codable, Sendable {
    let camera: String
    let name: String
    let file: String
    let from: String
    let to: String
    let bytes: Int64
    let rule: String
    let reason: String
    let at: String
  }

  struct ProtectedSpans: Decodable, Sendable {
    struct Span: Decodable, Sendable {
      let from: String
      let to: String
      let event: String?
    }
    let spans: [Span]
  }
  struct Deleted: Decodable, Sendable {
    let deleted: Int
    let bytes: Int64
  }

  /// A new camera: its settings without an id, which the household mints.
  struct NewCamera: Encodable, Sendable {
    let settings: CameraSettings
    let password: Secret?

    private enum Key: String, CodingKey { case settings, password }
    private enum SettingsKey: String, CodingKey {
      case version, name, main, detect, user, transport, record, audio, recordDetect, preRollSeconds, postRollSeconds
      case motion, retention
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      try values.encodeIfPresent(password, forKey: .password)
      var inner = values.nestedContainer(keyedBy: SettingsKey.self, forKey: .settings)
      try inner.encode(1, forKey: .version)
      try inner.encode(settings.name, forKey: .name)
      try inner.encode(CodedAddress(address: settings.main), forKey: .main)
      try inner.encodeIfPresent(settings.detect.map(CodedAddress.init), forKey: .detect)
      try inner.encodeIfPresent(settings.user, forKey: .user)
      try inner.encode(settings.transport, forKey: .transport)
      try inner.encode(settings.record, forKey: .record)
      try inner.encode(settings.audio, forKey: .audio)
      try inner.encode(settings.recordDetect, forKey: .recordDetect)
      try inner.encode(settings.preRollSeconds, forKey: .preRollSeconds)
      try inner.encode(settings.postRollSeconds, forKey: .postRollSeconds)
      try inner.encode(settings.motion, forKey: .motion)
      try inner.encode(settings.retention, forKey: .retention)
    }
  }
}

extension ControlClient {
  /// A camera by its id or name, archived ones too.
  ///
  /// - Throws: `Problem` (exit 65) that names the cameras there are.
  func camera(named text: String) async throws -> API.Camera {
    let all = try await get(API.Cameras.self, ["cameras"], query: [("archived", "true")]).cameras
    let active = all.filter { $0.archived != true }
    if let found = all.first(where: { $0.id == text }) ?? active.first(where: { $0.name == text })
      ?? active.first(where: { $0.name.lowercased() == text.lowercased() }) ?? all.first(where: { $0.name == text })
    {
      return found
    }
    throw unknownCamera(text, among: active.map(\.name))
  }
}
