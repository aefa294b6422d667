import HomeAPI

/// What a JSON body is made of: as a type reads it, or as a schema describes it.
indirect enum BodyShape: Hashable, Sendable {
  case string, integer, number, boolean
  /// Closed lists of texts or numbers, as texts.
  case oneOf(Set<String>)
  case array(BodyShape)
  /// An object with any keys.
  case map(BodyShape)
  case object([String: Field])
  case nullable(BodyShape)

  struct Field: Hashable, Sendable {
    var shape: BodyShape
    var isRequired: Bool
  }

  /// Every difference, a line each, with the place where it is.
  func differences(from other: BodyShape, at place: String = "") -> [String] {
    switch (self, other) {
    case (.object(let own), .object(let others)):
      return Set(own.keys).union(others.keys).sorted().flatMap { name -> [String] in
        let here = "\(place).\(name)"
        guard let mine = own[name] else { return ["\(here) is in the document alone"] }
        guard let theirs = others[name] else { return ["\(here) is in the type alone"] }
        let required =
          mine.isRequired == theirs.isRequired
          ? [] : ["\(here) is \(mine.isRequired ? "always there" : "optional") in the type alone"]
        return required + mine.shape.differences(from: theirs.shape, at: here)
      }
    case (.array(let own), .array(let others)): return own.differences(from: others, at: "\(place)[]")
    case (.map(let own), .map(let others)): return own.differences(from: others, at: "\(place){}")
    case (.nullable(let own), .nullable(let others)): return own.differences(from: others, at: place)
    default: return self == other ? [] : ["\(place) is \(self) in the type, \(other) in the document"]
    }
  }

  /// The same for a JSON merge patch (RFC 7396): every member may be left out, or be `null`.
  var patch: BodyShape {
    switch self {
    case .object(let fields):
      .object(fields.mapValues { Field(shape: .nullable($0.shape.patch), isRequired: false) })
    case .nullable(let shape): shape.patch
    default: self
    }
  }
}
