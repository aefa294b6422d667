// refused: 'VerifiedMessage' initializer is inaccessible due to 'internal' protection level

import Seal
import Vault

extension PicturesController {
  func socketThatBelievesTheWorker(_ message: LiveMessage, to pipe: SocketPipe) async throws {
    try await pipe.send(VerifiedMessage(message))
  }
}
