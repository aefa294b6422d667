import Foundation
import Testing

/// The house's rule: imports go down only. Reads the sources as they are.
@Suite struct ImportTests {
  static let layers: [[String]] = [
    ["Domain", "CLinux"], ["Files", "HomeAPI", "MP4", "SQLite", "Seal", "WorkerProtocol"],
    ["Motion", "Pinning", "Recording", "Retention", "VirtualMP4"],
    [
      "CBulkRead", "CFFmpeg", "CCrypt", "FFmpeg", "Neighbours", "VaultWriter", "Vault", "Catalog", "Household",
      "Settings", "Volumes",
    ],
    ["Housekeeping"], ["Supervisor", "CameraWorker", "HomeServer"], ["hearth", "hearth-camera"],
  ]
  /// Same-layer imports that are allowed: a library's C names for its one user.
  static let exceptions: [String: Set<String>] = ["FFmpeg": ["CBulkRead", "CFFmpeg"], "Household": ["CCrypt"]]

  static var sources: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources")
  }

  static func imports(of target: String) throws -> [(file: String, module: String)] {
    var found: [(String, String)] = []
    let files = FileManager.default.enumerator(at: sources.appending(path: target), includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at + 1 < words.count, !line.hasPrefix("//"),
          words[..<at].allSatisfy({ $0.hasPrefix("@") || ["public", "package", "internal", "private"].contains($0) })
        else { continue }
        found.append((file.lastPathComponent, String(words[at + 1])))
      }
    }
    return found
  }

  @Test(arguments: layers.flatMap { $0 })
  func importsGoDownOnly(_ target: String) throws {
    let own = Set(Self.layers.flatMap { $0 })
    let layer = try #require(Self.layers.firstIndex { $0.contains(target) })
    for (file, module) in try Self.imports(of: target) where own.contains(module) && module != target {
      let other = try #require(Self.layers.firstIndex { $0.contains(module) })
      let allowed = other < layer || Self.exceptions[target]?.contains(module) == true
      #expect(allowed, "\(target)/\(file) imports \(module), which is not below it")
    }
  }

  @Test func decisionsDoNoIO() throws {
    let outside: Set = ["Foundation", "FoundationEssentials", "Glibc", "Files", "Logging", "NIOCore", "GRDB"]
    for target in ["Domain", "HomeAPI", "MP4", "Motion", "Pinning", "Recording", "Retention", "VirtualMP4"] {
      for (file, module) in try Self.imports(of: target) {
        #expect(!outside.contains(module), "\(target)/\(file) imports \(module)")
      }
    }
  }

  @Test func onlyTheWorkerReachesFFmpegAndItReachesNoServer() throws {
    for target in Self.layers.flatMap({ $0 }) where target != "FFmpeg" {
      for (file, module) in try Self.imports(of: target) {
        #expect(module != "CFFmpeg", "\(target)/\(file) imports CFFmpeg")
        if target != "CameraWorker" { #expect(module != "FFmpeg", "\(target)/\(file) imports FFmpeg") }
      }
    }
    let server: Set = ["NIOCore", "NIOPosix", "GRDB", "Hummingbird", "Catalog", "Household", "Vault", "Settings"]
    for target in ["CameraWorker", "hearth-camera", "FFmpeg", "VaultWriter", "Recording", "Motion"] {
      for (file, module) in try Self.imports(of: target) {
        #expect(!server.contains(module), "\(target)/\(file) imports \(module)")
      }
    }
  }

  @Test func onlyTheHouseholdMakesGrants() throws {
    for target in Self.layers.flatMap({ $0 }) where target != "Household" && target != "Domain" {
      let files = FileManager.default.enumerator(
        at: Self.sources.appending(path: target), includingPropertiesForKeys: nil)
      while let file = files?.nextObject() as? URL {
        guard file.pathExtension == "swift" else { continue }
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(
          !text.contains("@_spi(Household)"), "\(target)/\(file.lastPathComponent) reaches for the grant's initialiser")
      }
    }
  }
}
