// refused: 'delete' is inaccessible due to '@_spi' protection level

import Domain
import Vault

extension PicturesController {
  func routeThatDeletesAFile(_ file: String, of camera: CameraID) throws {
    try vault.delete(file, of: camera)
  }
}
