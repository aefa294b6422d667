import Domain
import Yams

/// The values of a house file's keys, each with what to write instead.
extension HouseWalk {
  /// The values of a mapping whose keys are all known.
  struct Fields {
    fileprivate var values: [String: Node] = [:]

    subscript(key: String) -> Node? { values[key] }

    func required(_ key: String, of what: String, at node: Node, _ walk: inout HouseWalk) -> Node? {
      if let value = values[key] { return value }
      walk.fail(node, "\(what) has no \(key)", "add the key \(key)")
      return nil
    }
  }

  /// Names that may stand once, with their places.
  struct Names {
    let kind: String
    var places: [String: Mark] = [:]

    init(_ kind: String) { self.kind = kind }
  }

  mutating func fail(_ mark: Mark?, _ what: String, _ next: String) {
    issues.append(HouseFileIssue(line: mark?.line ?? 1, column: mark?.column ?? 1, what: what, next: next))
  }

  mutating func fail(_ node: Node, _ what: String, _ next: String) { fail(node.mark, what, next) }

  mutating func fail(_ node: Node, _ error: any Error) {
    guard let problem = error as? Problem else { return fail(node, "\(error)", "check the value") }
    fail(node, problem.what, problem.next)
  }

  static func advice(_ word: String, _ known: [String]) -> String {
    Suggestion.nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
      ?? "use \(known.count == 1 ? "" : "one of ")\(known.joined(separator: ", "))"
  }

  mutating func mapping(_ node: Node, _ what: String, _ known: [String]) -> Fields? {
    refuseAnchor(node)
    guard case .mapping(let mapping) = node else {
      fail(
        node, "\(what) is a block of keys and values, not \(Self.kind(node))",
        "use the keys \(known.joined(separator: ", "))")
      return nil
    }
    var fields = Fields()
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        fail(key, "a key is a word, not \(Self.kind(key))", "use the keys \(known.joined(separator: ", "))")
        continue
      }
      guard known.contains(scalar.string) else {
        fail(key, "\(what) has no key \"\(scalar.string.prefix(80))\"", Self.advice(scalar.string, known))
        continue
      }
      // A key without a value is as good as absent for optional ones, yet more likely something was forgotten.
      if HouseFileReader.isNull(value) {
        fail(key, "\(scalar.string) has no value", "give it one, or take the key out")
      }
      fields.values[scalar.string] = value
    }
    return fields
  }

  mutating func list(_ node: Node, _ key: String) -> [Node] {
    refuseAnchor(node)
    guard !HouseFileReader.isNull(node) else { return [] }
    guard case .sequence(let sequence) = node else {
      fail(node, "\(key) is a list, not \(Self.kind(node))", "begin each entry with \"- \", or write [a, b]")
      return []
    }
    return Array(sequence)
  }

  mutating func text(_ node: Node, _ key: String) -> String? {
    refuseAnchor(node)
    guard !HouseFileReader.isNull(node) else { return nil }
    guard case .scalar(let scalar) = node else {
      fail(node, "\(key) is a text, not \(Self.kind(node))", "write it in one line")
      return nil
    }
    guard !scalar.string.isEmpty else {
      fail(node, "\(key) is empty", "give it a value, or take the key out")
      return nil
    }
    return scalar.string
  }

  /// A name for people, which stands once in its list.
  mutating func label(_ node: Node, _ key: String, _ names: inout Names) -> String? {
    guard let text = text(node, key) else { return nil }
    do { try DisplayName.check(text, key, .configuration) } catch {
      fail(node, error)
      return nil
    }
    if let first = names.places[text] {
      fail(
        node, "there are two \(names.kind == "person" ? "people" : "\(names.kind)s") called \"\(text)\"",
        "the first is in line \(first.line); give this one another name")
    } else {
      names.places[text] = node.mark
    }
    return text
  }

  mutating func bool(_ node: Node, _ key: String) -> Bool? {
    guard let text = text(node, key) else { return nil }
    switch (text, node.scalar?.style) {
    case ("true", .plain), ("yes", .plain), ("on", .plain): return true
    case ("false", .plain), ("no", .plain), ("off", .plain): return false
    default:
      fail(node, "\(key) is \"\(text.prefix(40))\"", "use true or false, without quotes")
      return nil
    }
  }

  mutating func whole(_ node: Node, _ key: String, _ range: ClosedRange<Int>) -> Int? {
    guard let text = text(node, key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      fail(
        node, "\(key) is \"\(text.prefix(40))\"", "use a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// Seconds, as `5` or `5s`.
  mutating func seconds(_ node: Node, _ key: String, _ range: ClosedRange<Int>) -> Int? {
    guard let text = text(node, key) else { return nil }
    guard let value = Int(text.hasSuffix("s") ? text.dropLast() : text[...]), range.contains(value) else {
      fail(
        node, "\(key) is \"\(text.prefix(40))\"",
        "use whole seconds from \(range.lowerBound)s to \(range.upperBound)s")
      return nil
    }
    return value
  }

  /// One of several words.
  mutating func word(_ node: Node, _ key: String, _ words: [String]) -> String? {
    guard let text = text(node, key) else { return nil }
    guard words.contains(text) else {
      fail(node, "\(key) is \"\(text.prefix(40))\"", Self.advice(text, words))
      return nil
    }
    return text
  }

  /// Anchors and aliases would let a small file stand for a huge one, and merge keys change what a block means.
  private mutating func refuseAnchor(_ node: Node) {
    guard node.anchor != nil else { return }
    fail(node, "anchors and aliases (& and *) are not read here", "write the value out")
  }

  private static func kind(_ node: Node) -> String {
    switch node {
    case .mapping: "a block of keys"
    case .sequence: "a list"
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "\"\(scalar.string.prefix(40))\""
    case .alias: "an alias"
    }
  }
}
