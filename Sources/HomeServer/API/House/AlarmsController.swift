import Domain
import HomeAPI
import Housekeeping

/// What the owner must see.
struct AlarmsController: Sendable {
  let access: AccessControl
  let alarms: Alarms

  func list(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    return try .json(API.AlarmList(alarms: await alarms.all.map(API.Alarm.init), count: await alarms.count))
  }
}

extension API.Alarm {
  init(_ alarm: Housekeeping.Alarm) {
    self.init(at: alarm.at.rfc3339, camera: alarm.camera?.text ?? "", what: alarm.what)
  }
}
