import Domain
import HomeAPI

extension ControlClient {
  /// A camera by its id or name, archived ones too.
  ///
  /// - Throws: `Problem` (exit 65) that names the cameras there are.
  func camera(named text: String) async throws -> API.Camera {
    let all = try await get(API.CameraList.self, ["cameras"], query: [("archived", "true")]).cameras
    let active = all.filter { !$0.archived }
    if let found = all.first(where: { $0.id == text }) ?? active.first(where: { $0.name == text })
      ?? active.first(where: { $0.name.lowercased() == text.lowercased() }) ?? all.first(where: { $0.name == text })
    {
      return found
    }
    throw unknownCamera(text, among: active.map(\.name))
  }
}
