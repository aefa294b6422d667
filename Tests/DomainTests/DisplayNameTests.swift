import Domain
import Testing

@Suite struct DisplayNameTests {
  private func isAccepted(_ text: String) -> Bool {
    do { try DisplayName.check(text, "a name", .data) } catch { return false }
    return true
  }

  private func isReadWhenStored(_ text: String) -> Bool {
    do { try DisplayName.checkStored(text, "a name") } catch { return false }
    return true
  }

  @Test(arguments: [
    "A", "Front door", "Grand-mère Zoé", "Tür 👩‍👩‍👧", "祖母", "Oma & Opa", "कक्ष", String(repeating: "é", count: 64),
    "e\u{301}",
    "a" + String(repeating: "\u{301}", count: 127),
  ])
  func aNameMayBeInAnyLanguage(_ name: String) {
    #expect(isAccepted(name))
    #expect(isReadWhenStored(name))
  }

  @Test(arguments: [
    "", " ", "   ", "\u{3000}", " Ada", "Ada ", "Ada\u{a0}", "A\nda", "A\0da", "a\u{7}b", "Ada\u{202E}", "Ada\u{200B}",
    "Ada\u{2028}", "\u{FEFF}Ada", "Ada\u{E000}", "Ada\u{378}", "\u{200D}", String(repeating: "a", count: 65),
    "a" + String(repeating: "\u{301}", count: 128),
  ])
  func whatCantBeReadInAListIsRefused(_ name: String) {
    let problem = #expect(throws: Problem.self) { try DisplayName.check(name, "a zone's name", .configuration) }
    #expect(problem?.exit == .configuration)
    #expect(problem?.what.hasPrefix("a zone's name") == true)
  }

  @Test(arguments: [" Ada", "Ada ", "Ada\u{200B}", "a" + String(repeating: "\u{301}", count: 300)])
  func whatWasAcceptedOnceIsStillRead(_ name: String) {
    #expect(!isAccepted(name))
    #expect(isReadWhenStored(name))
  }

  @Test(arguments: ["", " ", "a\u{7}b", "a\nb", "\u{202e}rood", "\u{2066}a", String(repeating: "x", count: 65)])
  func whatWasNeverAcceptedIsNotRead(_ name: String) { #expect(!isReadWhenStored(name)) }

  @Test func everyNameThatIsAcceptedIsReadWhenStored() {
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let name = "a\(scalar)b"
      if isAccepted(name) { #expect(isReadWhenStored(name), "U+\(String(value, radix: 16))") }
    }
  }
}
