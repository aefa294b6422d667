import Foundation

// What `make bench-motion` runs: see Tests/Bench/motion.py.
do {
  let words = Array(CommandLine.arguments.dropFirst())
  switch words.first {
  case "scenes": try SceneBench(words.dropFirst()).run()
  case "gate": try GateBench(words.dropFirst()).run()
  case "kernel": try KernelBench(words.dropFirst()).run()
  default: throw Usage(text: "say scenes, gate or kernel")
  }
} catch let usage as Usage {
  FileHandle.standardError.write(Data("motion-bench: \(usage.text)\n".utf8))
  exit(64)
}

struct Usage: Error { let text: String }

extension ArraySlice<String> {
  /// The word after `name`.
  func value(_ name: String) -> String? {
    firstIndex(of: name).flatMap { $0 + 1 < endIndex ? self[$0 + 1] : nil }
  }

  func number(_ name: String, _ standard: Int) throws -> Int {
    guard let text = value(name) else { return standard }
    guard let number = Int(text), number >= 0 else { throw Usage(text: "\(name) is a number, not \(text)") }
    return number
  }

  /// `--seeds` of them, from `--first` on.
  func seeds(_ standard: Int) throws -> ClosedRange<UInt64> {
    let first = UInt64(try number("--first", 1))
    return first...first + UInt64(Swift.max(1, try number("--seeds", standard))) - 1
  }
}

func print<Value: Encodable>(json value: Value) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys]
  FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
}
