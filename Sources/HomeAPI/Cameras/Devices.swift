public import Domain

extension API {
  /// Which device answers as a camera, compared with the pinned one.
  public struct Device: Codable, Hashable, Sendable {
    /// Where the camera's own device seems to be.
    public struct Offer: Codable, Hashable, Sendable {
      /// The address of its main stream there.
      public var source: String
      /// Why it seems to be that device.
      public var why: String

      public init(source: String, why: String) {
        self.source = source
        self.why = why
      }
    }
    /// Whether it is the pinned device.
    public var verdict: DeviceVerdict
    /// What differs from the pinned device, a sentence each.
    public var changes: [String]
    /// Its hardware address, when it is known.
    @Nullable public var hardware: String?
    /// The numeric address where it answers.
    public var host: String
    /// The id of the camera that it looks like.
    @Nullable public var looksLike: String?
    /// Where the camera's own device seems to be.
    @Nullable public var offer: Offer?

    public init(
      verdict: DeviceVerdict, changes: [String], hardware: String?, host: String, looksLike: String?, offer: Offer?
    ) {
      self.verdict = verdict
      self.changes = changes
      self.hardware = hardware
      self.host = host
      self.looksLike = looksLike
      self.offer = offer
    }
  }

  /// The device that was accepted as a camera.
  public struct TrustedDevice: Codable, Hashable, Sendable {
    /// The camera's id.
    public var camera: String
    /// Where it answers; `null` when the next device that answers is the camera.
    @Nullable public var host: String?
    /// Its hardware address, when it is known.
    @Nullable public var hardware: String?

    public init(camera: String, host: String?, hardware: String?) {
      self.camera = camera
      self.host = host
      self.hardware = hardware
    }
  }

  /// What other devices sent while they answered at a camera's address.
  public struct Quarantine: Codable, Hashable, Sendable {
    /// One file.
    public struct Segment: Codable, Hashable, Sendable {
      /// What a download names.
      public var id: String
      /// When it begins.
      public var from: String
      /// When it ends.
      public var to: String
      /// How large the file is.
      public var bytes: UInt64

      public init(id: String, from: String, to: String, bytes: UInt64) {
        self.id = id
        self.from = from
        self.to = to
        self.bytes = bytes
      }
    }
    /// The camera's id.
    public var camera: String
    /// What the files take together.
    public var bytes: UInt64
    /// In the order of time.
    public var segments: [Segment]

    public init(camera: String, bytes: UInt64, segments: [Segment]) {
      self.camera = camera
      self.bytes = bytes
      self.segments = segments
    }
  }

  /// How much of a camera's quarantine was deleted.
  public struct DeletedQuarantine: Codable, Hashable, Sendable {
    /// The number of files.
    public var deleted: Int

    public init(deleted: Int) {
      self.deleted = deleted
    }
  }
}
