// refused: missing argument for parameter #1 in call

import Domain
import Vault

extension PicturesController {
  func routeThatForgetsToAsk(_ event: EventID, _ day: CivilDate) throws -> APIResponse {
    .picture(try vault.openThumbnail(of: event, day: day))
  }
}
