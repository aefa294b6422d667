import Catalog
import Domain
import Fuzz
import Housekeeping
import Testing

/// A journal that another program wrote or damaged: reading it never ends the server.
@Suite struct JournalFuzzTests {
  @Test func aJournalsLineIsANoteOrNothing() {
    let seeds = [
      #"{"t":1795469070000,"kind":"state","state":"recording"}"#,
      #"{"t":1795469070000,"kind":"state","state":"offline","cause":"nothing listens","stream":"main"}"#,
      #"{"t":1795469070000,"kind":"dropped","from":1795469060000,"to":1795469070000,"stream":"main"}"#,
      #"{"t":1795469070000,"kind":"clock","milliseconds":86400000}"#, #"{"t":1795469070000,"kind":"stopped"}"#,
      #"{"t":9223372036854775807,"kind":"clock","milliseconds":9223372036854775807}"#,
      #"{"t":-9223372036854775808,"kind":"stopped"}"#,
    ]
    Fuzz.run(seeds.map { Array($0.utf8) }, words: ["null", "{", "\"", ","]) { bytes, round in
      let line = String(decoding: bytes, as: UTF8.self)
      guard let note = StateNote(journalLine: line) else { return }
      // Whatever was written there, it can be shown.
      #expect(!note.from.rfc3339.isEmpty && note.until?.rfc3339.isEmpty != true, "round \(round)")
    }
  }
}
