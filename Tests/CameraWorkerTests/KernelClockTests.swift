import Domain
import Files
import Testing

/// The states of adjtimex(2).
@Suite struct KernelClockTests {
  @Test(arguments: [
    (Int32(-1), ClockQuality.unknown), (0, .synchronised), (1, .synchronised), (4, .synchronised), (5, .unsynchronised),
  ])
  func onlyTheStateOfErrorMeansThatNoClockIsFollowed(_ state: Int32, _ quality: ClockQuality) {
    #expect(KernelClock.quality(state: state) == quality)
  }
}
