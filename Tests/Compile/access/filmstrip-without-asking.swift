// refused: missing argument for parameter #1 in call

import Domain
import Vault

extension PicturesController {
  func routeThatForgetsToAskForThePicture() throws -> APIResponse {
    .picture(try vault.openFilmstrip())
  }
}
