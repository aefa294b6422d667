import CLinux
public import Domain

/// How far the kernel vouches for the wall clock.
public enum KernelClock {
  /// `TIME_ERROR` of `<sys/timex.h>`: no better clock is followed. All other states are kinds of "it is".
  private static let timeError: Int32 = 5

  /// Asks the kernel (adjtimex(2), changing nothing).
  public static func quality() -> ClockQuality { quality(state: hearth_clock_state()) }

  /// - Parameter state: what adjtimex(2) returned; negative when it can't be asked.
  package static func quality(state: Int32) -> ClockQuality {
    switch state {
    case ..<0: .unknown
    case timeError: .unsynchronised
    default: .synchronised
    }
  }
}
