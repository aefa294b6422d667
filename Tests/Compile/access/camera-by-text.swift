// refused: cannot convert value of type 'String' to specified type 'CameraID'

import Domain

extension PicturesController {
  func routeThatGuessesTheCamera() -> CameraID {
    let camera: CameraID = "0123456789abcdef0123456789abcdef"
    return camera
  }
}
