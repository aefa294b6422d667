import Domain
import FoundationEssentials
import Settings
import Testing

private func problem(_ body: () throws -> Void) -> Problem? {
  do {
    try body()
    return nil
  } catch { return error as? Problem }
}

private func told(_ body: () throws -> Void) -> String? { problem(body).map { "\($0.exit.rawValue): \($0)" } }

@Suite struct DataDirectoryTests {
  @Test func aFirstStartMintsIdentityAndKeyAndASecondFindsThem() throws {
    let scratch = try Scratch()
    let first = try DataDirectory.open("\(scratch.path)/new/home")
    let second = try DataDirectory.open("\(scratch.path)/new/home")
    #expect(first.installation == second.installation)
    #expect(try scratch.mode("new/home") == 0o700)
    #expect(try scratch.mode("new/home/keys") == 0o700)
    #expect(try scratch.mode("new/home/keys/master") == 0o600)
    #expect(try scratch.mode("new/home/hearth.json") == 0o600)
    #expect(try scratch.mode("new/home/cameras") == 0o700)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/new/home/keys/master")).count == 32)
  }

  @Test func anotherKeyIsRefusedAndNothingIsTouched() throws {
    let scratch = try Scratch()
    _ = try DataDirectory.open(scratch.path)
    let identity = try scratch.text("hearth.json")
    try scratch.write(String(repeating: "k", count: 32), to: "keys/master")
    let told = problem { _ = try DataDirectory.open(scratch.path) }
    #expect(told?.exit == .configuration)
    #expect(told?.what.hasSuffix("keys/master is not the one that sealed this data directory") == true)
    #expect(try scratch.text("hearth.json") == identity)
    #expect(try scratch.text("keys/master") == String(repeating: "k", count: 32))
  }

  @Test(arguments: [(0o644, 32, 77), (0o640, 32, 77), (0o600, 31, 78), (0o600, 0, 78), (0o600, 5000, 65)])
  func aKeyFileThatIsNoPrivateKeyIsRefused(_ mode: Int, _ count: Int, _ exit: Int32) throws {
    let scratch = try Scratch()
    _ = try DataDirectory.open(scratch.path)
    try scratch.write(String(repeating: "k", count: count), to: "keys/master", mode: mode)
    #expect(problem { _ = try DataDirectory.open(scratch.path) }?.exit.rawValue == exit)
  }

  @Test func aKeyThatIsAFolderOrALinkOrMissingIsRefused() throws {
    let scratch = try Scratch()
    _ = try DataDirectory.open(scratch.path)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/keys/master")
    #expect(problem { _ = try DataDirectory.open(scratch.path) }?.what == "\(scratch.path)/keys/master is missing")
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/keys/master", withIntermediateDirectories: false)
    #expect(
      problem { _ = try DataDirectory.open(scratch.path) }?.what == "\(scratch.path)/keys/master is not a plain file")
    try FileManager.default.removeItem(atPath: "\(scratch.path)/keys/master")
    try scratch.write("x", to: "elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/keys/master", withDestinationPath: "\(scratch.path)/elsewhere")
    #expect(problem { _ = try DataDirectory.open(scratch.path) } != nil)
  }

  @Test func aFolderThatIsNotOursToUseIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write("text", to: "file")
    #expect(
      told { _ = try DataDirectory.open("/") }
        == "73: / can't be the data directory — name a folder of its own with --data")
    #expect(
      told { _ = try DataDirectory.open("\(scratch.path)/file") }
        == "73: \(scratch.path)/file is a file, not a folder — name a folder with --data")
    #expect(
      told { _ = try DataDirectory.open(scratch.path) }
        == "73: \(scratch.path) is not empty (\"file\") and is no data directory of Hearth — "
        + "name a new or an empty folder with --data")
    #expect(
      told { _ = try DataDirectory.open("/proc/hearth/home") }
        == "73: cannot make the data directory /proc/hearth: No such file or directory — "
        + "name a folder that you may write in with --data")
    #expect(
      told { _ = try DataDirectory.open("\(scratch.path)/file/home") }
        == "73: cannot make the data directory \(scratch.path)/file/home: Not a directory — "
        + "name a folder that you may write in with --data")
    #expect(try scratch.text("file") == "text")
  }

  @Test(arguments: [
    ("{", "can't be read (it is not JSON)"), ("{}", "can't be read (\"installation\" is missing)"),
    ("{\"instalation\":\"\"}", "has a key that is not known: \"instalation\""),
    ("{\"installation\":\"x\",\"keyCheck\":\"\",\"version\":1}", "has no installation id"),
    ("{\"installation\":\"x\",\"keyCheck\":\"\",\"version\":2}", "has version 2, this Hearth knows version 1"),
  ])
  func aDamagedIdentityIsRefused(_ text: String, _ what: String) throws {
    let scratch = try Scratch()
    _ = try DataDirectory.open(scratch.path)
    try scratch.write(text, to: "hearth.json")
    let told = problem { _ = try DataDirectory.open(scratch.path) }
    #expect(told?.exit == .configuration)
    #expect(told?.what == "\(scratch.path)/hearth.json \(what)")
  }

  @Test func aMissingIdentityBesideCamerasIsNotReplacedByANewOne() throws {
    let scratch = try Scratch()
    _ = try DataDirectory.open(scratch.path)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/hearth.json")
    #expect(problem { _ = try DataDirectory.open(scratch.path) } != nil)
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/hearth.json"))
  }

  @Test func anInterruptedFirstStartGoesOnWithItsKey() throws {
    let scratch = try Scratch()
    try scratch.write(String(repeating: "k", count: 32), to: "keys/master")
    _ = try DataDirectory.open(scratch.path)
    #expect(try scratch.text("keys/master") == String(repeating: "k", count: 32))
  }

  @Test func theLockHasOneHolderWhoIsNamedAndEndsWithIt() throws {
    let scratch = try Scratch()
    let data = try DataDirectory.open(scratch.path)
    var lock = try DataLock.take(.writer, of: data, holder: "hearth serve")
    #expect(lock != nil)
    #expect(try DataLock.take(.writer, of: data, holder: "another") == nil)
    #expect(try DataLock.isHeld(.writer, at: data.layout))
    #expect(try !DataLock.isHeld(.supervisor, at: data.layout))
    let pid = ProcessInfo.processInfo.processIdentifier
    #expect(
      DataLock.taken(.writer, at: data.layout).description
        == "\(scratch.path) is in use by hearth serve, process \(pid) — "
        + "try again when it has ended; a running `hearth serve` answers commands itself")
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(try !DataLock.isHeld(.writer, at: data.layout))
  }

  @Test(arguments: [
    ("/a/b", "/a/b"), ("/a//b/./c/../d/", "/a/b/d"), ("/../a", "/a"), ("/", "/"), ("//", "/"),
  ])
  func pathsAreMadePlain(_ text: String, _ path: String) { #expect(DataLayout.absolute(text) == path) }

  @Test func theStandardFolderIsTheNamedOneThenTheSystemsThenTheUsers() {
    let home = ["HOME": "/home/kim"]
    #expect(DataLayout.standard(environment: home) { _ in false } == "/home/kim/.local/share/hearth")
    #expect(DataLayout.standard(environment: home) { $0 == "/var/lib/hearth" } == "/var/lib/hearth")
    #expect(DataLayout.standard(environment: ["HEARTH_DATA": "/d"]) { _ in true } == "/d")
  }
}
