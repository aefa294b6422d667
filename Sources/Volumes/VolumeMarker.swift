public import Domain
package import Files

/// Whose volumes are looked for.
public struct VolumeOwner: Hashable, Sendable {
  public let installation: InstallationID
  /// Says that the same master key sealed what is there; `nil` where the key is not known.
  public let keyCheck: String?

  public init(installation: InstallationID, keyCheck: String? = nil) {
    self.installation = installation
    self.keyCheck = keyCheck
  }
}

/// What `hearth-volume.json` in a media folder says: which volume this is, and whose. Without it a mount point that
/// nothing is mounted on would look like an empty disk.
package struct VolumeMarker: Codable, Hashable {
  var version = 1
  var installation: String
  var volume: String
  var keyCheck: String?

  package init(installation: String, volume: String, keyCheck: String?) {
    self.installation = installation
    self.volume = volume
    self.keyCheck = keyCheck
  }

  package static let name = "hearth-volume.json"

  /// `nil` when there is none.
  static func read(in root: Descriptor) throws -> VolumeMarker? {
    let file: Descriptor
    do { file = try Descriptor.open(name, in: root, .read) } catch let problem as Problem where problem.isNotFound {
      return nil
    }
    let bytes = try file.readAll(limit: 4096)
    guard let marker = try? JSONLine.decode(VolumeMarker.self, from: bytes), marker.version == 1 else {
      throw Problem(
        .data, "\(file.path) can't be read", next: "put it back from a copy: it says which volume this is")
    }
    return marker
  }

  package func write(in root: Descriptor) throws {
    try root.replace(Self.name, with: try JSONLine.encode(self) + [0x0a])
  }

  /// Why this is not the volume that is looked for at `place`, in words; `nil` when it is.
  package static func fault(_ marker: VolumeMarker?, at place: MediaPlace, of owner: VolumeOwner) -> String? {
    guard let marker else { return "the volume at \(place.path) is not mounted" }
    guard marker.installation == owner.installation.raw.text else {
      return "the volume at \(place.path) belongs to another Hearth"
    }
    guard marker.volume == place.volume.text else { return "another volume is mounted at \(place.path)" }
    if let wanted = owner.keyCheck, let found = marker.keyCheck, wanted != found {
      return "the volume at \(place.path) was set up with another key"
    }
    return nil
  }
}
