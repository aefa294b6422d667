import Domain
import Glibc
import Neighbours
import TestSupport
import Testing

@Suite struct NeighbourTests {
  /// A `nlmsghdr` with an `ndmsg` and its attributes, as the kernel writes them.
  static func message(
    _ attributes: [(UInt16, [UInt8])], type: UInt16 = 28, state: UInt16 = 2
  ) -> [UInt8] {
    func two(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
    var body: [UInt8] = [2, 0, 0, 0, 3, 0, 0, 0] + two(state) + [0, 1]
    for (kind, value) in attributes {
      body += two(UInt16(4 + value.count)) + two(kind) + value
      while body.count % 4 != 0 { body.append(0) }
    }
    return two(UInt16(16 + body.count)) + [0, 0] + two(type) + [2, 0] + [0, 0, 0, 0, 0, 0, 0, 0] + body
  }

  static let camera: [(UInt16, [UInt8])] = [(1, [192, 168, 1, 20]), (2, [2, 0, 0x5e, 0x10, 0, 1])]

  @Test func theKernelsAnswerIsRead() throws {
    let other: [(UInt16, [UInt8])] = [
      (1, [0xfd] + [UInt8](repeating: 0, count: 14) + [7]), (2, [2, 0, 0x5e, 0x10, 0, 2]),
    ]
    let bytes = Self.message(Self.camera) + Self.message(other, state: 4) + Self.message([], type: 3)
    let (neighbours, isEnd) = NeighbourMessages.parse(bytes)
    #expect(isEnd)
    #expect(neighbours.map(\.host) == ["192.168.1.20", "fd00::7"])
    #expect(neighbours.map(\.hardware.text) == ["02:00:5e:10:00:01", "02:00:5e:10:00:02"])
    #expect(neighbours.map(\.isFresh) == [true, false])
  }

  @Test(arguments: [UInt16(1), 0x20])
  func whoDidNotAnswerIsNoNeighbour(state: UInt16) {
    #expect(NeighbourMessages.parse(Self.message(Self.camera, state: state)).neighbours.isEmpty)
  }

  @Test func loopbackAndGroupsHaveNoAdapter() {
    let none: [(UInt16, [UInt8])] = [(1, [127, 0, 0, 1]), (2, [0, 0, 0, 0, 0, 0])]
    let group: [(UInt16, [UInt8])] = [(1, [224, 0, 0, 1]), (2, [1, 0, 0x5e, 0, 0, 1])]
    #expect(NeighbourMessages.parse(Self.message(none) + Self.message(group)).neighbours.isEmpty)
  }

  @Test func noBytesMakeTheReaderTrap() {
    var generator = SeededGenerator(seed: 7)
    let good = Self.message(Self.camera) + Self.message([], type: 3)
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      bytes.removeLast(Int.random(in: 0...20, using: &generator))
      _ = NeighbourMessages.parse(bytes)
    }
  }

  @Test func thisMachinesTableCanBeReadAndLoopbackIsNotInIt() throws {
    #expect(try NeighbourTable.hardware(of: "127.0.0.1") == nil)
    #expect(try NeighbourTable.hardware(of: "::1") == nil)
    #expect(try NeighbourTable.hardware(of: "porch.lan") == nil)
  }

  @Test func whoListensTakesAKnockAndWhoDoesNotDoesNot() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    #expect(isBound)
    let port = UInt16(bigEndian: address.sin_port)
    #expect(!Knocking.isAnswering("127.0.0.1", port: port, patience: .seconds(2)))
    #expect(listen(listener, 4) == 0)
    #expect(Knocking.isAnswering("127.0.0.1", port: port, patience: .seconds(2)))
    #expect(!Knocking.isAnswering("porch.lan", port: port, patience: .seconds(2)))
  }
}

@Suite struct DiscoveryTests {
  static func answer(_ relatesTo: String, _ address: String, prefix: String = "a:") -> [UInt8] {
    Array(
      """
      <?xml version="1.0"?><E:Envelope><E:Header><\(prefix)RelatesTo x="y"> \(relatesTo)
      </\(prefix)RelatesTo></E:Header><E:Body><d:ProbeMatches><d:ProbeMatch><\(prefix)EndpointReference>
      <\(prefix)Address>\(address)</\(prefix)Address></\(prefix)EndpointReference><d:Types>n:Camera</d:Types>
      </d:ProbeMatch></d:ProbeMatches></E:Body></E:Envelope>
      """.utf8)
  }

  @Test(arguments: ["urn:uuid:2419D68A-2dd2-21b2-a205-0000000000a1", " uuid:2419d68a-2dd2-21b2-a205-0000000000A1\n"])
  func anEndpointsNameIsRead(address: String) {
    for prefix in ["a:", "wsa5:", ""] {
      let found = DiscoveryMessages.endpoint(
        in: Self.answer("uuid:1-2", address, prefix: prefix), answering: "uuid:1-2")
      #expect(found == "2419d68a-2dd2-21b2-a205-0000000000a1")
    }
  }

  @Test func anAnswerToAnotherQuestionIsNone() {
    #expect(DiscoveryMessages.endpoint(in: Self.answer("uuid:9", "urn:uuid:aaaaaaaa-1"), answering: "uuid:1") == nil)
  }

  @Test(arguments: [
    "", "urn:uuid:", "http://192.168.1.20/", "urn:uuid:<b/>", "urn:uuid:ü23456789", "urn:uuid:a b c d e f",
  ])
  func whatIsNoNameIsNotTaken(address: String) {
    #expect(DiscoveryMessages.endpoint(in: Self.answer("uuid:1", address), answering: "uuid:1") == nil)
  }

  /// Any cut of an answer, and any answer with one byte changed, is read or refused, never a trap.
  @Test func brokenAnswersDoNoHarm() {
    let whole = Self.answer("uuid:1", "urn:uuid:2419d68a-2dd2")
    for length in 0..<whole.count { _ = DiscoveryMessages.endpoint(in: whole[..<length], answering: "uuid:1") }
    for index in whole.indices {
      for byte in [UInt8(0), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "/"), 0xff] {
        var broken = whole
        broken[index] = byte
        _ = DiscoveryMessages.endpoint(in: broken, answering: "uuid:1")
      }
    }
  }
}
