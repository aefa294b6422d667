import Domain
import Retention
import Testing

struct ParseTests {
  @Test(arguments: [
    ("1h", 3600), ("12h", 43_200), ("3d", 259_200), ("2w", 1_209_600), ("1y", 31_536_000), ("3 d", 259_200),
  ])
  func agesAreANumberAndAUnit(_ text: String, _ seconds: Int64) throws {
    #expect(try RetentionAge.parse(text).duration == .seconds(seconds))
  }

  @Test(arguments: [
    "", " ", "d", "-1", "-1d", "0", "0d", "7", "7dd", "7 days", "1e999", "1.5d", "3D", "3m", "30s", "+3d", "3d ", " 3d",
    "3  d", "99999999999 days", "99999999999d", "101y", "999999999999999999999999d", "٣d", "3d\n", "0x3d", "forever",
  ])
  func whatIsNoAgeIsRefusedWithTheUnits(_ text: String) throws {
    let problem = #expect(throws: Problem.self) { try RetentionAge.parse(text) }
    #expect(problem?.exit == .usage)
    #expect(problem?.next.contains("12h, 3d, 2w or 1y") == true || problem?.what.contains("1h to 100y") == true)
  }

  @Test func anAgePrintsAsItWasWritten() throws {
    #expect(try RetentionAge.parse("14d").text == "14d")
    #expect(try RetentionAge.parse("2w").text == "2w")
    #expect(try RetentionAge.parse("2w") > RetentionAge.parse("13d"))
  }

  @Test(arguments: [
    ("1MB", 1_000_000), ("500GB", 500_000_000_000), ("500 GB", 500_000_000_000), ("1.5TB", 1_500_000_000_000),
    ("2TB", 2_000_000_000_000), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648), ("1TiB", 1_099_511_627_776),
    ("0.5GiB", 536_870_912), ("1.125GB", 1_125_000_000), ("10000TB", 10_000_000_000_000_000),
  ])
  func sizesAreANumberAndAUnit(_ text: String, _ bytes: UInt64) throws {
    #expect(try ByteCount.parse(text).bytes == bytes)
  }

  @Test(arguments: [
    "", "GB", "-1", "-1GB", "0", "0GB", "0.0001GB", "500", "7", "7dd", "1e999", "1e3GB", "500gb", "500G", "5KB", "5kB",
    "1.2.3GB", "1.GB", ".5GB", "1.1234GB", "10001TB", "99999999999999999999GB", "18446744073709551615TiB",
    "18446744073709551615MB", "500 GB ", "5 00GB", "+5GB", "half a TB",
  ])
  func whatIsNoSizeIsRefusedWithTheUnits(_ text: String) throws {
    let problem = #expect(throws: Problem.self) { try ByteCount.parse(text) }
    #expect(problem?.exit == .usage)
    #expect(problem?.next.contains("MB, GB, TB") == true || problem?.what.contains("1MB to 10000TB") == true)
  }

  @Test(
    arguments: [
      (0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1_200_000_000, "1.2 GB"), (500_000_000_000, "500 GB"),
      (1_250_000, "1.3 MB"), (999_949_999, "999.9 MB"), (999_999_999, "1 GB"), (1_500_000_000_000, "1.5 TB"),
      (UInt64.max, "18446744.1 TB"),
    ] as [(UInt64, String)])
  func amountsAreShownForPeople(_ bytes: UInt64, _ text: String) {
    #expect(ByteCount(bytes).description == text)
  }
}
