// refused: 'MediaStream' initializer is inaccessible due to 'internal' protection level

import Domain
import Vault

extension PicturesController {
  func routeThatStreamsAFile(_ bytes: [UInt8], of camera: CameraID) -> APIResponse {
    let stream = MediaStream(
      camera: camera, length: UInt64(bytes.count), rooms: [bytes.count], read: { _, _ in [0..<bytes.count] },
      ended: { _ in }, untilRefused: {})
    return .footage(stream, status: 200, headers: [])
  }
}
