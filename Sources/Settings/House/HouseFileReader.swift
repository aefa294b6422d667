public import Domain
import Files
import Glibc
import Yams

/// Reads house files. The only code that knows YAML.
public enum HouseFileReader {
  /// The most bytes a house file may have.
  public static let largestFile = 1 << 20

  /// Reads the file at `path` and the password files that it names.
  ///
  /// - Throws: `HouseFileProblems` with all mistakes, or `Problem` (exit 78) when the file itself can't be read.
  public static func read(path: String) throws -> HouseFile {
    let absolute = DataLayout.absolute(path)
    let bytes: [UInt8]
    do {
      // Unlike our own files, this one may be reached through a link: people keep such files where they like.
      let number = Glibc.open(absolute, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard number >= 0 else { throw Problem.system("open", path) }
      let file = Descriptor(owning: number, path: path)
      var status = stat()
      guard fstat(number, &status) == 0 else { throw Problem.system("look at", path) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw Problem(.configuration, "\(path) is not a plain file", next: "name a house file")
      }
      guard status.st_size <= largestFile else {
        throw Problem(
          .configuration, "\(path) is \(status.st_size) bytes long, a house file has at most 1 MiB",
          next: "check that this is the right file")
      }
      bytes = try file.readAll(limit: largestFile)
    } catch let problem as Problem {
      throw Problem(
        .configuration, problem.what,
        next: problem.exit == .configuration ? problem.next : "name a house file that can be read",
        code: problem.code)
    }
    let folder = "/" + absolute.split(separator: "/").dropLast().joined(separator: "/")
    return try parse(bytes, file: path) { try passwordFile($0, besides: folder) }
  }

  /// Reads a house file's text.
  ///
  /// - Parameter password: reads the password file of that name.
  /// - Throws: `HouseFileProblems`.
  public static func parse(
    _ bytes: [UInt8], file: String, password: @escaping (String) throws -> Secret
  ) throws -> HouseFile {
    func fail(_ line: Int, _ column: Int, _ what: String, _ next: String) -> HouseFileProblems {
      HouseFileProblems(file: file, issues: [HouseFileIssue(line: line, column: column, what: what, next: next)])
    }
    guard bytes.count <= largestFile else {
      throw fail(1, 1, "the file is \(bytes.count) bytes long", "a house file has at most 1 MiB")
    }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      let good = String(decoding: bytes[..<firstBadByte(bytes)], as: UTF8.self)
      let (line, column) = position(after: good)
      throw fail(line, column, "the file is not UTF-8 text", "save it as UTF-8")
    }
    if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
    do {
      let parser = try Parser(yaml: text, encoding: .utf8)
      return try withExtendedLifetime(parser) {
        guard let root = try parser.singleRoot(), !isNull(root) else {
          throw fail(1, 1, "the file is empty", "declare cameras, people or retention; see deploy/house.example.yaml")
        }
        var walk = HouseWalk(password: password)
        let house = walk.house(root)
        guard walk.issues.isEmpty, let house else {
          throw HouseFileProblems(file: file, issues: walk.issues.sorted())
        }
        return house
      }
    } catch let error as YamlError {
      let (mark, what, next) = explain(error, text)
      throw fail(mark.0, mark.1, what, next)
    }
  }

  // MARK: - What the YAML parser says

  static func isNull(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func explain(_ error: YamlError, _ text: String) -> ((Int, Int), String, String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      let hint =
        text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first?.contains("\t")
          == true
        ? "indent with spaces, not with tabs" : "check indentation, quotes and brackets there and just above"
      return ((mark.line, mark.column), "this is not YAML: \(problem)", hint)
    case .composer(_, let problem, let mark, _):
      let second = problem.contains("document")
      return (
        (mark.line, mark.column),
        second ? "a second document begins here" : "this is not YAML: \(problem)",
        second ? "keep one household in a file: take out the \"---\"" : "write the value out"
      )
    case .reader(let problem, let offset, _, _):
      let place = offset.map { position(after: text.prefix($0)) } ?? (1, 1)
      return (place, "this can't be read: \(problem)", "take the character out, or write it as \\u in double quotes")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
      return (
        (context.mark.line, context.mark.column), "\(names) stands more than once in the same block",
        "keep one of them"
      )
    default:
      return ((1, 1), "this can't be read: \(error)", "check the file")
    }
  }

  private static func position(after text: some StringProtocol) -> (Int, Int) {
    var line = 1
    var column = 1
    for character in text {
      if character.isNewline { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    return (line, column)
  }

  private static func firstBadByte(_ bytes: [UInt8]) -> Int {
    var codec = UTF8()
    var iterator = bytes.makeIterator()
    var good = 0
    while true {
      switch codec.decode(&iterator) {
      case .scalarValue(let scalar): good += UTF8.width(scalar)
      case .emptyInput, .error: return good
      }
    }
  }

  // MARK: - Password files

  private static func passwordFile(_ name: String, besides folder: String) throws -> Secret {
    let path = DataLayout.absolute(name.hasPrefix("/") ? name : "\(folder)/\(name)")
    let number = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else {
      throw Problem(
        .configuration, "the password file \(name) can't be read: \(String(cString: strerror(errno)))",
        next: "write the password into it; its place is counted from the house file")
    }
    let file = Descriptor(owning: number, path: name)
    try PrivateFile.check(file)
    let bytes = try file.readAll(limit: 4096)
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(.configuration, "the password file \(name) is not UTF-8 text", next: "save it as UTF-8")
    }
    if let last = text.last, last.isNewline { text.removeLast() }
    guard !text.isEmpty, !text.contains(where: \.isNewline) else {
      throw Problem(
        .configuration, "the password file \(name) doesn't hold one line", next: "write the password alone into it")
    }
    return Secret(text)
  }
}
