// refused: 'ViewGrant' initializer is inaccessible due to '@_spi' protection level

import Domain

extension PicturesController {
  func routeThatAllowsItself(_ person: PersonID, _ camera: CameraID) -> ViewGrant {
    ViewGrant(person: person, camera: camera, action: .live, span: nil, viewLogRow: 0)
  }
}
