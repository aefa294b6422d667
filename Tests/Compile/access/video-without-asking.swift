// refused: cannot convert value of type 'CameraID' to expected argument type 'ViewGrant'

import Domain
import Vault

extension PicturesController {
  func routeThatOpensByCamera(_ camera: CameraID, _ span: TimeSpan) throws -> PlayableSpan? {
    try PlayableSpan(vault.open(camera, stream: .main, segments: [], includeOpen: true), span: span)
  }
}
