import Domain
import Files
import Glibc
import Settings
import Synchronization
import Testing

import hearth

@Suite struct ControlClientTests {
  @Test func aRequestIsWrittenAsHTTPAndItsAnswerRead() async throws {
    let server = try ScriptedServer(answers: [
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"people\":[]}"
    ])
    let response = try await server.client().request(
      "PUT", ["people", "Ömer & Co/x", "grants"], query: [("a b", "c&d=é")], body: ["camera": "c"])
    #expect(response.status == 200)
    #expect(response.headers["content-type"] == "application/json")
    #expect(String(decoding: response.body, as: UTF8.self) == "{\"people\":[]}")
    #expect(
      server.requests() == [
        "PUT /api/v1/people/%C3%96mer%20%26%20Co%2Fx/grants?a%20b=c%26d%3D%C3%A9 HTTP/1.1\r\nHost: localhost\r\n"
          + "Hearth-Request: 1\r\nAccept: application/json\r\nConnection: close\r\nContent-Type: application/json\r\n"
          + "Content-Length: 14\r\n\r\n{\"camera\":\"c\"}"
      ])
  }

  @Test(arguments: [
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n",
      "abcdefg"
    ),
    ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
    ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nok and more", "ok"),
    ("HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n", ""),
  ])
  func everyWayOfEndingABodyIsUnderstood(_ answer: String, _ body: String) async throws {
    let server = try ScriptedServer(answers: [answer])
    let response = try await server.client().request("GET", ["x"])
    #expect(String(decoding: response.body, as: UTF8.self) == body)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort", "it ended 15 bytes too early"),
    ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its length is no number"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk has no size"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "it ended 2 bytes too early"),
    ("HTTP/1.1 200 OK\r\nbroken\r\n\r\n", "a header line has no colon"),
    ("SSH-2.0-OpenSSH\r\n\r\n", "it does not begin like HTTP"), ("HTTP/1.1 200 OK\r\nA: b", "it ended within a line"),
  ])
  func aDamagedAnswerIsAnErrorAndNotAShortOne(_ answer: String, _ why: String) async throws {
    let server = try ScriptedServer(answers: [answer])
    let error = await #expect(throws: Problem.self) { try await server.client().request("GET", ["x"]) }
    #expect(error?.what == "the server's answer is damaged: \(why)")
    #expect(error?.exit == .inputOutput)
  }

  @Test(arguments: [
    (400, ExitCode.usage), (401, .permission), (403, .permission), (404, .data), (409, .cannotCreate), (416, .data),
    (422, .data), (429, .unavailable), (503, .unavailable), (500, .internalError), (418, .internalError),
  ])
  func anAnswerThatIsNoSuccessBecomesAnErrorWithItsExitCode(_ status: Int, _ exit: ExitCode) async throws {
    let body = "{\"type\":\"about:blank\",\"title\":\"no such camera\",\"status\":\(status),\"detail\":\"look again\"}"
    let server = try ScriptedServer(answers: [
      "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    ])
    let error = await #expect(throws: Problem.self) { try await server.client().request("GET", ["x"]) }
    #expect(error?.description == "no such camera — look again")
    #expect(error?.exit == exit)
  }

  @Test func aLargeBodyGoesToAFileAndAnErrorsBodyDoesNot() async throws {
    let media = String(repeating: "0123456789", count: 100_000)
    let server = try ScriptedServer(answers: [
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nHearth-Next: 2026-11-23T21:24:30.000Z\r\n\r\n\(media)",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    ])
    let file = try Descriptor.open("\(server.folder)/out", .append)
    let client = server.client()
    let response = try await client.request("GET", ["x"], into: file)
    #expect(response.body.isEmpty)
    #expect(response.headers["hearth-next"] == "2026-11-23T21:24:30.000Z")
    #expect(try file.size() == 1_000_000)
    await #expect(throws: Problem.self) { try await client.request("GET", ["x"], into: file) }
    #expect(try file.size() == 1_000_000)
  }

  @Test func withoutAServerTheWorkIsDoneDirectlyAndTheLockIsKept() async throws {
    let folder = try TestFolder()
    let opened = Mutex(0)
    let client = ControlClient(
      layout: DataLayout(path: folder.path),
      direct: { _ in
        opened.withLock { $0 += 1 }
        return Canned()
      }, sleep: { _ in })
    #expect(try await client.request("GET", ["x"]).body == Array("direct".utf8))
    #expect(try await client.request("GET", ["y"]).body == Array("direct".utf8))
    #expect(opened.withLock { $0 } == 1)
  }

  @Test func aServerThatStartsIsWaitedFor() async throws {
    let folder = try TestFolder()
    let late = Mutex<ScriptedServer?>(nil)
    let waits = Mutex(0)
    let client = ControlClient(
      layout: DataLayout(path: folder.path), direct: { _ in nil },
      sleep: { _ in
        let count = waits.withLock {
          $0 += 1
          return $0
        }
        if count == 5 {
          let server = try ScriptedServer(answers: ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], in: folder)
          late.withLock { $0 = server }
        }
      })
    #expect(try await client.request("POST", ["x"]).body == Array("ok".utf8))
    #expect(waits.withLock { $0 } == 5)
  }

  @Test func afterTenSecondsOfALockWithoutAnAnswerItGivesUp() async throws {
    let folder = try TestFolder()
    let slept = Mutex<Duration>(.zero)
    let client = ControlClient(
      layout: DataLayout(path: folder.path), direct: { _ in nil }, sleep: { time in slept.withLock { $0 += time } })
    let error = await #expect(throws: Problem.self) { try await client.request("GET", ["x"]) }
    #expect(error?.exit == .unavailable)
    #expect(error?.what == "\(folder.path) is in use")
    #expect(slept.withLock { $0 } == .seconds(10))
  }

  @Test func aServerThatHangsUpIsAskedAgainForReadingOnly() async throws {
    let server = try ScriptedServer(answers: ["", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ""])
    let client = server.client()
    #expect(try await client.request("GET", ["x"]).body == Array("ok".utf8))
    let error = await #expect(throws: Problem.self) { try await client.request("POST", ["x"]) }
    #expect(
      error?.description == "the server ended before it answered — look whether it was done, then try again")
  }

  @Test func aFolderWithALongPathIsReachedAllTheSame() async throws {
    let folder = try TestFolder(name: String(repeating: "long", count: 50))
    let server = try ScriptedServer(answers: ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], in: folder)
    #expect(try await server.client().request("GET", ["x"]).body == Array("ok".utf8))
  }
}

private struct Canned: ControlTransport {
  func send(_ request: ControlRequest, into file: Descriptor?) async throws -> ControlResponse {
    ControlResponse(status: 200, headers: [:], body: Array("direct".utf8))
  }
}

final class TestFolder: Sendable {
  let path: String
  private let root: String

  init(name: String? = nil) throws {
    var template = Array("/tmp/hearth-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Problem.system("make", "a folder") }
    root = String(cString: made)
    path = name.map { "\(made.pointee == 0 ? "" : String(cString: made))/\($0)" } ?? root
    if name != nil, mkdir(path, 0o700) != 0 { throw Problem.system("make", path) }
  }

  deinit {
    for name in ["out", "hearth.sock", "lock"] { unlink("\(path)/\(name)") }
    rmdir(path)
    rmdir(root)
  }
}

/// Listens on `hearth.sock` and gives the answers of its script, one for each connection; an empty one hangs up.
final class ScriptedServer: Sendable {
  let folder: String
  private let home: TestFolder
  private let received = Mutex<[String]>([])

  init(answers: [String], in home: TestFolder? = nil) throws {
    let home = try home ?? TestFolder()
    self.home = home
    folder = home.path
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let directory = try Descriptor.open(folder, .folder)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: Array("/proc/self/fd/\(directory.number)/hearth.sock".utf8))
    }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 8) == 0 else { throw Problem.system("listen in", folder) }
    withExtendedLifetime(directory) {}
    let work = Work {
      for answer in answers {
        let connection = accept(listener, nil, nil)
        let request = Self.readRequest(connection)
        self.received.withLock { $0.append(request) }
        var bytes = Array(answer.utf8)
        while !bytes.isEmpty {
          let put = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
          guard put > 0 else { break }
          bytes.removeFirst(put)
        }
        close(connection)
      }
      close(listener)
    }
    work.start()
  }

  func client() -> ControlClient {
    ControlClient(
      layout: DataLayout(path: folder), direct: { _ in nil },
      sleep: { _ in try await Task.sleep(for: .milliseconds(1)) })
  }

  func requests() -> [String] { received.withLock { $0 } }

  /// A whole request: its header and as much body as it announces.
  private static func readRequest(_ connection: Int32) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let text = String(decoding: all, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let length =
          text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
          .flatMap { Int($0.dropFirst(16)) } ?? 0
        if text[end.upperBound...].utf8.count >= length { return text }
      }
      let got = recv(connection, &buffer, buffer.count, 0)
      guard got > 0 else { return text }
      all += buffer[..<got]
    }
  }

  private final class Work: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(self).toOpaque()
      let code = pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
          return nil
        }, context)
      precondition(code == 0)
      pthread_detach(thread)
    }
  }
}

extension String {
  fileprivate func range(of other: String) -> Range<String.Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].utf8.starts(with: other.utf8) {
        return index..<(self.utf8.index(index, offsetBy: other.utf8.count, limitedBy: endIndex) ?? endIndex)
      }
      index = self.utf8.index(after: index)
    }
    return nil
  }
}
