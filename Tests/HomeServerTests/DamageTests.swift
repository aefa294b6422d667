import Domain
import Foundation
import HomeServer
import Household
import Testing

/// One way in which a finished segment's file is not what it was.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Puts the damage in place of the file at `path`, which held `whole`; `other` is another camera's file.
  let strike: @Sendable (_ path: String, _ whole: [UInt8], _ other: String) throws -> Void
  /// Nothing of it may be served at all, not even what stands before the damage.
  var isRefused = false

  static func bytes(_ name: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void) -> Damage {
    Damage(testDescription: name) { path, whole, _ in
      var bytes = whole
      change(&bytes)
      try Data(bytes).write(to: URL(filePath: path))
    }
  }
}

/// A pattern that no undamaged file of `Recorded` holds, over a sample's bytes.
private let scar: [UInt8] = [0xa5, 0x5a, 0xa5, 0x5a]

@Suite struct DamageTests {
  let house = Recorded()

  @Test func everySeededDamageIsNamedByTheCheckAndNeverServed() async throws {
    try await house.record(cameras: 2, segments: 1)
    let core = try await house.open()
    _ = try await core.rebuilt()
    let (camera, other) = (house.cameras[0], house.cameras[1])
    let file = try #require(house.files[camera]?.first)
    let path = "\(house.path)/cameras/\(camera.text)/media/\(file)"
    let foreign = "\(house.path)/cameras/\(other.text)/media/\(try #require(house.files[other]?.first))"
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(try await findings(core).isEmpty)
    #expect(try await served(core, camera)?.isEmpty == false)

    let damages = Self.damages(of: whole)
    #expect(damages.count > 100)
    for damage in damages {
      try damage.strike(path, whole, foreign)
      let named = try await findings(core)
      #expect(named.contains { $0.contains(file) }, "\(damage.testDescription): \(named)")
      let answer = try await served(core, camera)
      if damage.isRefused { #expect(answer == nil, "\(damage.testDescription) was served") }
      #expect(answer.map { !contains($0, scar) } ?? true, "\(damage.testDescription): a damaged byte was served")
      // The door may have set it aside.
      if (try? FileManager.default.attributesOfItem(atPath: path)) != nil {
        try FileManager.default.removeItem(atPath: path)
      }
      try Data(whole).write(to: URL(filePath: path))
      #expect(try await findings(core).isEmpty, "after \(damage.testDescription)")
    }
  }

  private static func damages(of whole: [UInt8]) -> [Damage] {
    let boxes = boxes(of: whole)
    var damages: [Damage] = []
    for border in [0] + boxes.map(\.upperBound) {
      for length in [border - 1, border, border + 1] where length >= 0 && length < whole.count {
        damages.append(.bytes("cut to \(length) of \(whole.count) bytes") { $0.removeLast(whole.count - length) })
      }
    }
    for box in boxes {
      let place = (box.lowerBound + box.upperBound) / 2
      damages.append(.bytes("a bit flipped at \(place)") { $0[place] ^= 0x10 })
    }
    for box in boxes where String(decoding: whole[box.dropFirst(4).prefix(4)], as: UTF8.self) == "mdat" {
      let place = box.lowerBound + 8
      damages.append(.bytes("other bytes at \(place)") { $0.replaceSubrange(place..<place + scar.count, with: scar) })
    }
    for share in 1..<8 {
      let from = whole.count * share / 8
      damages.append(
        .bytes("zeros from \(from) on") {
          $0.replaceSubrange(from..., with: [UInt8](repeating: 0, count: whole.count - from))
        })
    }
    damages.append(.bytes("zeros behind its end") { $0 += [UInt8](repeating: 0, count: 4096) })
    damages.append(
      Damage(testDescription: "another camera's file") { path, _, other in
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: other, toPath: path)
      })
    damages.append(
      Damage(testDescription: "a symbolic link to the very file") { path, whole, _ in
        let aside = path + ".aside"
        try Data(whole).write(to: URL(filePath: aside))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: aside)
      })
    damages.append(
      Damage(testDescription: "a folder") { path, _, _ in
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      })
    for index in damages.indices.suffix(3) { damages[index].isRefused = true }
    return damages
  }

  private static func boxes(of file: [UInt8]) -> [Range<Int>] {
    var (boxes, position) = ([Range<Int>](), 0)
    while position + 8 <= file.count {
      let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      boxes.append(position..<position + length)
      position += length
    }
    return boxes
  }

  /// What the check names, each as one text.
  private func findings(_ core: APIHandler) async throws -> [String] {
    let answer = try await core.ask("GET", "check")
    return (answer["findings"] as? [[String: Any]] ?? []).map { "\($0["where"] ?? ""): \($0["what"] ?? "")" }
  }

  /// What is sent of the camera's footage, up to where the answer breaks off; `nil` when nothing is.
  private func served(_ core: APIHandler, _ camera: CameraID) async throws -> [UInt8]? {
    let response = await core.respond(
      to: APIRequest(
        method: "GET", path: ["api", "v1", "cameras", camera.text, "video.mp4"],
        query: ["from": Recorded.start.rfc3339, "to": (Recorded.start + .seconds(60)).rfc3339], headers: [:],
        credential: .console, peer: "test"))
    guard response.status == 200 else { return nil }
    do { return try await response.collect() } catch { return nil }
  }

  private func contains(_ bytes: [UInt8], _ pattern: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: pattern) }
  }
}
