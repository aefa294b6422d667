extension CameraSettings {
  /// A setting that is no option, with what a change of it asks of the worker.
  public struct Field: Sendable {
    public let name: String
    public let effect: WorkerEffect
    let isSame: @Sendable (CameraSettings, CameraSettings) -> Bool

    init<Value: Equatable & Sendable>(
      _ name: String, _ path: any KeyPath<CameraSettings, Value> & Sendable, onChange effect: WorkerEffect
    ) {
      self.name = name
      self.effect = effect
      isSame = { $0[keyPath: path] == $1[keyPath: path] }
    }
  }

  /// All settings that are no options.
  public static let fields: [Field] = [
    Field("id", \.id, onChange: .restart),
    // It stands in the worker's log.
    Field("name", \.name, onChange: .reload),
    Field("main", \.main, onChange: .restart),
    Field("detect", \.detect, onChange: .restart),
    Field("user", \.user, onChange: .restart),
    // An archived camera has no worker.
    Field("archived", \.archived, onChange: .restart),
    Field("media", \.media, onChange: .restart),
    // What was recorded there is read by the server alone.
    Field("earlierMedia", \.earlierMedia, onChange: .nothing),
  ]

  /// What the change from these settings to `new` asks of the camera's worker.
  public func effect(of new: CameraSettings) -> WorkerEffect {
    let fields = Self.fields.map { $0.isSame(self, new) ? .nothing : $0.effect }
    let options = CameraOptions.all.map { $0.effect(of: self.options, new.options) }
    return (fields + options).max() ?? .nothing
  }
}
