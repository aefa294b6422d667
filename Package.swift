// swift-tools-version: 6.1
import PackageDescription

/// Strictness that every target shares. Warnings are errors.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-warnings-as-errors"]),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclusions[name] ?? [], swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: strict)
}

/// Design notes lie beside the code they explain.
let exclusions = ["Motion": ["DESIGN.md"], "RTSP": ["DESIGN.md"]]

/// One layer of the architecture.
struct Layer {
  let name: String
  let targets: [Target]
}

/// The layers, from the foundation up. Imports go down only: a target imports targets of earlier layers, and, among the
/// vocabulary and among the services, earlier ones of its own. `Tests/unit/test_house_rules.py` reads this list and
/// holds the sources and ARCHITECTURE.md to it.
let layers: [Layer] = [
  // What Swift can't say itself: one library or a few system calls each, for one owner.
  Layer(
    name: "C shims",
    targets: [
      .target(name: "CBulkRead"),
      .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
      .systemLibrary(
        name: "CFFmpeg", pkgConfig: "libavformat",
        providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev"])]),
      .systemLibrary(name: "CGnuTLS", pkgConfig: "gnutls", providers: [.apt(["libgnutls28-dev"])]),
      .target(name: "CLinux"),
    ]),
  // No I/O beyond opening a file, no decisions.
  Layer(
    name: "vocabulary",
    targets: [
      target("Domain"),
      target("Files", ["Domain", "CLinux"]),
      target("HomeAPI", ["Domain"]),
      target("MP4", ["Domain"]),
      target("Seal", ["Domain", crypto]),
      target("SQLite", ["Domain", grdb]),
      target("WorkerProtocol", ["Domain"]),
    ]),
  // Values in, values out.
  Layer(
    name: "decisions",
    targets: [
      target("Motion", ["Domain"]),
      target("Pinning", ["Domain"]),
      target("RTSP", ["Domain", crypto]),
      target("Recording", ["Domain"]),
      target("Retention", ["Domain"]),
      target("VirtualMP4", ["Domain", "MP4"]),
    ]),
  // One outside thing each.
  Layer(
    name: "adapters",
    targets: [
      target("FFmpeg", ["Domain", "CBulkRead", "CFFmpeg"]),
      target("Neighbours", ["Domain"]),
      target("Volumes", ["Domain", "Files"]),
      target("Certificates", ["Domain", "CGnuTLS"]),
      target("VaultWriter", ["Domain", "Files", "Seal"]),
      target("Vault", ["Domain", "Files", "MP4", "Seal", "VirtualMP4", crypto]),
      target("Catalog", ["Domain", "SQLite", grdb]),
      target("Household", ["Domain", "CCrypt", "SQLite", crypto, grdb]),
      target(
        "Settings",
        ["Domain", "Files", "Pinning", "Seal", "Retention", .product(name: "Yams", package: "Yams")]),
    ]),
  // One process role each.
  Layer(
    name: "services",
    targets: [
      target("Supervisor", ["Domain", "CLinux", "Files", "Seal", "Settings", "Volumes", "WorkerProtocol", logging]),
      target(
        "CameraWorker",
        [
          "Certificates", "Domain", "CLinux", "Files", "FFmpeg", "MP4", "Motion", "Neighbours", "Pinning", "Recording",
          "Retention", "Seal", "VaultWriter", "Volumes", "WorkerProtocol",
        ]),
      target(
        "Housekeeping",
        [
          "Domain", "CLinux", "Files", "Catalog", "Household", "Neighbours", "Pinning", "Recording", "Retention",
          "Seal", "Settings", "Vault", "Volumes", "WorkerProtocol", crypto, logging,
        ]),
      target(
        "HomeServer",
        [
          "Domain", "CLinux", "Files", "Catalog", "HomeAPI", "Household", "Housekeeping", "Pinning",
          "Retention", "Seal", "Settings", "Vault", "VirtualMP4", "Volumes", "WorkerProtocol", crypto, logging,
          .product(name: "HTTPTypes", package: "swift-http-types"),
          .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
          .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
          .product(name: "Hummingbird", package: "hummingbird"),
          .product(name: "HummingbirdCore", package: "hummingbird"),
          .product(name: "NIOCore", package: "swift-nio"),
          .product(name: "NIOHTTP1", package: "swift-nio"),
          .product(name: "NIOPosix", package: "swift-nio"),
          .product(name: "NIOWebSocket", package: "swift-nio"),
          .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        ]),
    ]),
  // They put their parts together.
  Layer(
    name: "executables",
    targets: [
      .executableTarget(
        name: "hearth",
        dependencies: [
          "Domain", "Files", "HomeAPI", "HomeServer", "Household", "Housekeeping", "Motion", "Retention", "Settings",
          "Supervisor", "Vault",
          "WorkerProtocol", logging,
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: strict),
      .executableTarget(
        name: "hearth-camera", dependencies: ["CameraWorker", "Domain", "WorkerProtocol"], swiftSettings: strict),
    ]),
]

/// What is not installed: tests, their helpers and benchmarks.
let testing: [Target] = [
  // A worker that was taken over, for the tests of its sandbox.
  .executableTarget(
    name: "sandbox-trial", dependencies: ["CameraWorker", "Domain", "Files", "WorkerProtocol"],
    path: "Tests/SandboxTrial", swiftSettings: strict),
  // Not installed: how the catalog does with a year of footage.
  .executableTarget(
    name: "scale-bench", dependencies: ["Catalog", "Domain", "Retention", "TestSupport"], path: "Tests/Bench/Scale",
    swiftSettings: strict),
  // Generated scenes are shared by the tests and by `make bench-motion`.
  .target(
    name: "MotionScenes", dependencies: ["Domain", "Motion", "Recording"], path: "Tests/Scenes", swiftSettings: strict
  ),
  .executableTarget(
    name: "motion-bench", dependencies: ["Domain", "Motion", "MotionScenes"],
    path: "Tests/Bench/MotionBench", swiftSettings: strict),
  tests("Domain", ["TestSupport"]),
  .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
  .target(name: "SchemaSupport", dependencies: [grdb], path: "Tests/SchemaSupport", swiftSettings: strict),
  .target(name: "Fuzz", dependencies: ["TestSupport"], path: "Tests/Fuzz", swiftSettings: strict),
  .target(name: "Programs", path: "Tests/Programs", swiftSettings: strict),
  tests("Files", ["Domain"]),
  tests("MP4", ["Domain", "Fuzz", "TestSupport"]),
  tests("Seal", ["Domain", "Files", "Fuzz", "VaultWriter"]),
  tests("Motion", ["Domain", "MotionScenes"]),
  tests("Pinning", ["Domain", "Fuzz", "TestSupport"]),
  tests("Neighbours", ["Domain", "Fuzz", "TestSupport"]),
  tests("RTSP", ["Domain", "Fuzz", "Programs", "TestSupport", crypto]),
  tests("Recording", ["Domain", "TestSupport"]),
  tests("Retention", ["Domain", "TestSupport"]),
  tests("VirtualMP4", ["Domain", "Fuzz", "MP4", "Programs", "TestSupport"]),
  tests("FFmpeg", ["Domain", "Programs"]),
  tests("Vault", ["Domain", "Files", "MP4", "Seal", "VaultWriter"]),
  tests("Volumes", ["Domain", "Files"]),
  tests("Catalog", ["Domain", "SchemaSupport", "TestSupport", grdb]),
  tests("Household", ["Domain", "SchemaSupport", "TestSupport", grdb]),
  tests("Settings", ["Domain", "Files", "Seal", "TestSupport"]),
  tests("WorkerProtocol", ["Domain", "Files", "Fuzz"]),
  tests(
    "CameraWorker",
    ["Domain", "FFmpeg", "Files", "MP4", "Motion", "Recording", "Seal", "VaultWriter", "WorkerProtocol"]),
  tests("Supervisor", ["Domain", "Files", "Settings", "Volumes", "WorkerProtocol", logging]),
  tests("HomeAPI", ["Domain"]),
  tests("Housekeeping", ["Catalog", "Domain", "Fuzz", "Household", "Retention", "Settings", logging]),
  tests("hearth", ["Domain", "Files", "HomeAPI", "Settings", "WorkerProtocol"]),
  tests(
    "HomeServer",
    [
      "Catalog", "Domain", "Files", "Fuzz", "HomeAPI", "Household", "Housekeeping", "MP4", "Seal", "Settings",
      "TestSupport",
      "VaultWriter",
      "VirtualMP4",
      "Volumes",
      "WorkerProtocol", grdb,
    ]),
]

let package = Package(
  name: "hearth",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: layers.flatMap(\.targets) + testing,
  swiftLanguageModes: [.v6]
)
