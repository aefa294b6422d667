/// Durations that decide when something is cut or counts as healthy. Only tests use others than the standard ones: real
/// programs then show within seconds what a house sees within a minute. They travel from the hidden options of `hearth serve`
/// through the supervisor to each worker, as arguments.
public struct RunTiming: Hashable, Sendable {
  /// How long a segment lasts before it ends at the next keyframe.
  public var segment: Duration
  /// How long a process, or a camera's main stream, has to run for the next start to be at once.
  public var goodRun: Duration

  public init(segment: Duration = standard.segment, goodRun: Duration = standard.goodRun) {
    self.segment = segment
    self.goodRun = goodRun
  }

  /// What every house runs with.
  public static let standard = RunTiming(segment: .seconds(60), goodRun: .seconds(30))
}
