import Crypto
import Domain
import Files
import Foundation

/// The page's static files, read once at start. They are the same for everybody and hold nothing of anybody.
struct Site: Sendable {
  /// Only `Site` makes one, from the page's folder.
  struct File: Sendable {
    let bytes: [UInt8]
    let type: String
    let tag: String

    fileprivate init(bytes: [UInt8], type: String, tag: String) {
      self.bytes = bytes
      self.type = type
      self.tag = tag
    }
  }

  private let files: [String: File]

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "json": "application/json",
    "webmanifest": "application/manifest+json",
  ]

  /// Reads every file with a known ending below `path`; folders named `test` are left out.
  init(path: String) throws {
    var files: [String: File] = [:]
    func read(_ folder: Descriptor, _ prefix: String) throws {
      for name in try folder.names() where !name.hasPrefix(".") && name != "test" {
        if let type = Self.types[name.split(separator: ".").last.map(String.init) ?? ""], name.contains(".") {
          let bytes = try Descriptor.open(name, in: folder, .read).readAll(limit: 4 << 20)
          let tag = Hex.encode(Array(SHA256.hash(data: bytes).prefix(12)))
          files[prefix + name] = File(bytes: bytes, type: type, tag: "\"\(tag)\"")
        } else if let inner = try? Descriptor.open(name, in: folder, .folder) {
          try read(inner, prefix + name + "/")
        }
      }
    }
    try read(Descriptor.open(path, .folder), "")
    guard files["index.html"] != nil else {
      throw Problem(.configuration, "\(path) holds no index.html", next: "point --web at Hearth's web folder")
    }
    self.files = files
  }

  func answer(method: String, path: [String], match: String?) -> APIResponse {
    guard method == "GET" || method == "HEAD" else {
      return .problem(APIFailure(405, "not allowed here", "use GET", headers: [("allow", "GET, HEAD")]))
    }
    guard let file = files[path.isEmpty ? "index.html" : path.joined(separator: "/")] else {
      return .problem(.notFound)
    }
    return .file(file, isKnown: match == file.tag)
  }

  /// The OpenAPI document, which lies beside the page.
  var openAPI: [UInt8]? { files["openapi.json"]?.bytes }
}
