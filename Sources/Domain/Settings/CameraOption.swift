/// What a change of a setting asks of the camera's worker, the least first.
public enum WorkerEffect: Int, Sendable, Comparable, CaseIterable {
  /// The worker doesn't use it.
  case nothing
  /// The running worker is sent it and goes on with it; no packet is lost.
  case reload
  /// The worker ends in order and another starts, which cuts its recording.
  case restart

  public static func < (left: WorkerEffect, right: WorkerEffect) -> Bool { left.rawValue < right.rawValue }
}

/// One option of a camera as the table of `CameraOptions` declares it: its names, what it may be, and what a change of it
/// asks of the worker.
///
/// To be read, written, checked and compared is decided by the form, never by the single option: one more option needs
/// no code here, one more form does.
public struct CameraOption: Sendable {
  public typealias Path<Value> = any WritableKeyPath<CameraOptions, Value> & Sendable

  /// What kind of value an option has, and where it is stored.
  public enum Form: Sendable {
    case flag(Path<Bool>)
    /// A whole number in a range.
    case whole(Path<Int>, ClosedRange<Int>)
    /// Whole seconds in a range: a number in JSON, `5s` in a house file.
    case seconds(Path<Int>, ClosedRange<Int>)
    case choice(Choice)
    case zones(Path<[Zone]>)
    case shape(Path<PictureShape?>)
    case retention(Path<RetentionSettings>)
    /// Options with a key in common: `motion: {sensitivity: 70}`.
    case block([CameraOption])
  }

  /// One of several words.
  public struct Choice: Sendable {
    public let words: [String]
    public let word: @Sendable (CameraOptions) -> String
    /// - Returns: `false` when the word is none of them.
    public let set: @Sendable (inout CameraOptions, String) -> Bool
    /// Reads the enumeration itself, so that who asks what is read learns its words; what is missing keeps the default.
    let read: @Sendable (inout CameraOptions, KeyedDecodingContainer<CameraOptionKey>, CameraOptionKey) throws -> Void
  }

  /// In the settings' file and in the API: `preRollSeconds`.
  public let key: String
  /// In a house file: `pre_roll`.
  public let houseKey: String
  public let form: Form
  public let effect: WorkerEffect
  /// Whether a house file says it even when it is the default.
  public let isAlwaysWritten: Bool

  public init(
    _ key: String, house: String? = nil, _ form: Form, onChange effect: WorkerEffect, isAlwaysWritten: Bool = false
  ) {
    self.key = key
    houseKey = house ?? key
    self.form = form
    self.effect = effect
    self.isAlwaysWritten = isAlwaysWritten
  }
}

extension CameraOption.Form {
  /// One of the words of an enumeration.
  public static func word<Value: RawRepresentable<String> & CaseIterable & Decodable & Sendable>(
    of path: CameraOption.Path<Value>
  )
    -> Self
  {
    .choice(
      CameraOption.Choice(
        words: Value.allCases.map(\.rawValue), word: { $0[keyPath: path].rawValue },
        set: { options, word in
          guard let value = Value(rawValue: word) else { return false }
          options[keyPath: path] = value
          return true
        },
        read: { options, values, key in
          do { try values.read(&options[keyPath: path], key) } catch DecodingError.dataCorrupted {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "not one of \(words)")
          }
        }))
  }
}

extension CameraOption {
  /// Whether both have the same value of this option.
  public func isSame(_ left: CameraOptions, _ right: CameraOptions) -> Bool {
    switch form {
    case .flag(let path): left[keyPath: path] == right[keyPath: path]
    case .whole(let path, _), .seconds(let path, _): left[keyPath: path] == right[keyPath: path]
    case .choice(let choice): choice.word(left) == choice.word(right)
    case .zones(let path): left[keyPath: path] == right[keyPath: path]
    case .shape(let path): left[keyPath: path] == right[keyPath: path]
    case .retention(let path): left[keyPath: path] == right[keyPath: path]
    case .block(let options): options.allSatisfy { $0.isSame(left, right) }
    }
  }

  /// What a change asks of the worker: in a block that of those in it that changed.
  public func effect(of old: CameraOptions, _ new: CameraOptions) -> WorkerEffect {
    guard case .block(let options) = form else { return isSame(old, new) ? .nothing : effect }
    return options.map { $0.effect(of: old, new) }.max() ?? .nothing
  }

  /// Checks that numbers are within their ranges; the rest is for the types and for `CameraSettings.validate`.
  ///
  /// - Throws: `Problem` (exit 65) that names the setting and its range.
  func validate(_ options: CameraOptions, in block: String = "") throws {
    switch form {
    case .whole(let path, let range): try Self.check(options[keyPath: path], range, block + key, "")
    case .seconds(let path, let range): try Self.check(options[keyPath: path], range, block + key, " seconds")
    case .block(let inner): for option in inner { try option.validate(options, in: "\(block)\(key).") }
    case .flag, .choice, .zones, .shape, .retention: break
    }
  }

  private static func check(_ value: Int, _ range: ClosedRange<Int>, _ key: String, _ unit: String) throws {
    guard !range.contains(value) else { return }
    throw Problem(.data, "\(key) is \(value)", next: "use \(range.lowerBound) to \(range.upperBound)\(unit)")
  }
}

// MARK: - JSON

/// The name of a member, as the table says.
struct CameraOptionKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension CameraOption {
  /// Reads the option; what is missing or `null` keeps the default that `options` has.
  func decode(_ options: inout CameraOptions, from values: KeyedDecodingContainer<CameraOptionKey>) throws {
    let key = CameraOptionKey(key)
    switch form {
    case .flag(let path): try values.read(&options[keyPath: path], key)
    case .whole(let path, _), .seconds(let path, _): try values.read(&options[keyPath: path], key)
    case .zones(let path): try values.read(&options[keyPath: path], key)
    case .retention(let path): try values.read(&options[keyPath: path], key)
    case .shape(let path): options[keyPath: path] = try values.decodeIfPresent(PictureShape.self, forKey: key)
    case .choice(let choice): try choice.read(&options, values, key)
    case .block(let inner):
      guard values.contains(key), try !values.decodeNil(forKey: key) else { return }
      let nested = try values.nestedContainer(keyedBy: CameraOptionKey.self, forKey: key)
      for option in inner { try option.decode(&options, from: nested) }
    }
  }

  func encode(_ options: CameraOptions, to values: inout KeyedEncodingContainer<CameraOptionKey>) throws {
    let key = CameraOptionKey(key)
    switch form {
    case .flag(let path): try values.encode(options[keyPath: path], forKey: key)
    case .whole(let path, _), .seconds(let path, _): try values.encode(options[keyPath: path], forKey: key)
    case .zones(let path): try values.encode(options[keyPath: path], forKey: key)
    case .retention(let path): try values.encode(options[keyPath: path], forKey: key)
    case .shape(let path): try values.encodeIfPresent(options[keyPath: path], forKey: key)
    case .choice(let choice): try values.encode(choice.word(options), forKey: key)
    case .block(let inner):
      var nested = values.nestedContainer(keyedBy: CameraOptionKey.self, forKey: key)
      for option in inner { try option.encode(options, to: &nested) }
    }
  }
}

extension KeyedDecodingContainer {
  fileprivate func read<Value: Decodable>(_ value: inout Value, _ key: Key) throws {
    value = try decodeIfPresent(Value.self, forKey: key) ?? value
  }
}
