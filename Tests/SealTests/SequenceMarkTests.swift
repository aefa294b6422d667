import Domain
import Files
import Foundation
import Testing
import VaultWriter

@Suite struct SequenceMarkTests {
  @Test func numbersGoOnWhereverTheFootageLies() throws {
    let path = NSTemporaryDirectory() + "/hearth-mark-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let home = try Descriptor.open(path, .folder)
    #expect(try SequenceMark(home: home).highest() == 0)
    try SequenceMark(home: home).note(41)
    try SequenceMark(home: home).note(.max)
    #expect(try SequenceMark(home: home).highest() == .max)
    try SequenceMark(home: home).note(42)
    #expect(try SequenceMark(home: home).highest() == 42)
    // Footage from before there was such a file.
    let day = "\(path)/media/2026-11-23"
    try FileManager.default.createDirectory(atPath: day, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: "\(day)/0000000077-\(String(repeating: "0", count: 32)).mp4"))
    #expect(try SequenceMark(home: home).highest() == 77)
    try Data("damaged".utf8).write(to: URL(filePath: "\(path)/run/sequence"))
    #expect(try SequenceMark(home: home).highest() == 77)
  }
}
