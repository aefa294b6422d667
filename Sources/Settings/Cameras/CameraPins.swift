public import Domain
import Files
import Pinning

/// Which device each camera is: `settings/pin.json`, beside the settings and not in them, since it changes by itself
/// while the camera's worker goes on.
extension CameraFolders {
  private static let pinName = "pin.json"

  /// The camera's pin; `nil` until its device was seen for the first time.
  ///
  /// - Throws: `Problem` (exit 78) when the file is damaged.
  public func pin(of camera: CameraID) throws -> CameraPin? {
    let folder = try settingsFolder(camera)
    guard folder.contains(Self.pinName) else { return nil }
    let file = try Descriptor.open(Self.pinName, in: folder, .read)
    do {
      return try JSONLine.decode(CameraPin.self, from: try file.readAll(limit: 256 << 10))
    } catch let problem as Problem { throw problem } catch {
      throw Problem(
        .configuration, "\(file.path) can't be used: \(StrictJSON.describe(error))",
        next: "look whether the camera shows what it should, then accept it with: hearth camera trust")
    }
  }

  /// Writes the pin; `nil` forgets it, so that the next device that answers is the camera.
  public func setPin(_ pin: CameraPin?, of camera: CameraID) throws {
    let folder = try settingsFolder(camera)
    if let pin {
      try folder.replace(Self.pinName, with: StrictJSON.encode(pin))
    } else {
      try folder.delete(Self.pinName)
    }
  }

  /// Accepts `pin` as the camera from now on, and has its worker begin anew: it is given its pin when it starts.
  public func trust(_ pin: CameraPin?, of camera: CameraID) throws {
    try setPin(pin, of: camera)
    try settingsFolder(camera).replace(Self.restartName, with: [])
  }

  /// Takes the owner's word for another stream of the same device: when the settings name another port or path, so does
  /// the pin from here on, and its description is taken anew. Unless another camera is at that place: exchanging two
  /// channels of a recorder must not make each pass for the other.
  func adjustPin(to settings: CameraSettings) throws {
    guard let pin = try? pin(of: settings.id), let old = try? read(settings.id) else { return }
    var fresh = pin
    for role in StreamRole.allCases {
      guard let before = old.address(of: role), let after = settings.address(of: role), let seen = pin[role] else {
        if settings.address(of: role) == nil { fresh[role] = nil }
        continue
      }
      guard before.port != after.port || before.path != after.path, seen.port == before.port, seen.path == before.path,
        try !isTaken(after, by: seen, besides: settings.id)
      else { continue }
      fresh[role]?.port = after.port
      fresh[role]?.path = after.path
      fresh[role]?.session = nil
      fresh[role]?.layout = nil
      fresh[role]?.parameterSets = nil
    }
    if fresh != pin { try setPin(fresh, of: settings.id) }
  }

  /// Whether another camera, archived or not, has its stream at this port and path of the same device.
  private func isTaken(_ address: CameraAddress, by device: DeviceEvidence, besides camera: CameraID) throws -> Bool {
    for other in try list().cameras where other.id != camera {
      let places = [other.main, other.detect].compactMap { $0 }
      if places.contains(where: { $0.host == address.host && $0.port == address.port && $0.path == address.path }) {
        return true
      }
      let pin = try? pin(of: other.id)
      for seen in [pin?.main, pin?.detect].compactMap({ $0 })
      where seen.port == address.port && seen.path == address.path {
        if seen.host == address.host || (seen.hardware != nil && seen.hardware == device.hardware) { return true }
      }
    }
    return false
  }
}

extension CameraSettings {
  /// Where a stream is to be had.
  public func address(of role: StreamRole) -> CameraAddress? { role == .main ? main : detect }
}
