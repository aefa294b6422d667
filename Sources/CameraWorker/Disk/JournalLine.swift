import Domain
import Files
import WorkerProtocol

extension JournalEntry {
  /// The entry as it is written: one JSON object without its line end.
  var line: String {
    // Strings and whole numbers can always be encoded.
    (try? JSONLine.encode(self)).map { String(decoding: $0, as: UTF8.self) }
      ?? "{\"kind\":\"lost\",\"t\":\(time.milliseconds)}"
  }
}
