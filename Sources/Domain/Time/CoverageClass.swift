/// What one stretch of one camera's time is: footage, or the reason why there is none.
public enum CoverageClass: String, Sendable, CaseIterable, Codable {
  /// Footage of the main stream is kept.
  case recorded
  /// Pictures arrived; policy said that nothing was to be kept, or no longer.
  case quiet
  /// The camera gave no pictures.
  case offline
  /// Another device answered at the camera's address.
  case wrongDevice
  /// Pictures were lost on the way to the disk: it was slow, or the camera's process had ended.
  case dropped
  /// The disk was full, failing or gone.
  case disk
  /// The clock was set back over this stretch, or could not be believed.
  case clock
  /// Recording was switched off, or Hearth, or the machine.
  case off
  /// Nothing says why there is no footage.
  case unknown

  /// What a camera's state means for the time in which it lasts.
  public init(of state: CameraState) {
    self =
      switch state {
      case .recording: .recorded
      case .watching: .quiet
      case .connecting, .offline, .wrongPassword: .offline
      case .wrongDevice: .wrongDevice
      case .off: .off
      }
  }
}
