// refused: missing argument label 'json:' in call

extension PicturesController {
  func socketThatForwardsWhatTheWorkerSaid(_ payload: [UInt8], to pipe: SocketPipe) async throws {
    try await pipe.send(payload)
  }
}
