// Compiles: a route that asks first, and answers with what the door gave it.

import Domain
import Household
import Housekeeping
import Vault

extension PicturesController {
  func routeThatAsks(_ request: APIRequest, _ event: EventID, _ day: CivilDate) async throws -> APIResponse {
    guard
      let grant = try await household.authorise(
        try access.credential(request), camera: event.camera, action: .thumbnail, span: nil, from: request.peer,
        now: environment.now())
    else { throw APIFailure.notFound }
    return .picture(try vault.openThumbnail(grant, of: event, day: day))
  }
}
