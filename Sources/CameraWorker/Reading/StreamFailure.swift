import Domain
import FFmpeg

/// Why a stream could not be read, in words for a person.
struct StreamFailure {
  var isPassword = false
  /// Another device than the camera answered.
  var isStranger = false
  var cause: String
  /// What a person may do about it.
  var next = "check the address, and that the camera is on"

  /// Another device than the camera answers: what speaks for that, in words.
  init(stranger words: String, verdict: DeviceVerdict) {
    isStranger = true
    cause = verdict == .unsure ? "it can't be told whether this is the camera: \(words)" : words
    next = "correct its address, or accept the device with `hearth camera trust`"
  }

  init(_ error: any Error, address: CameraAddress) {
    guard let error = error as? FFmpegError else {
      cause = (error as? Problem)?.what ?? "\(error)"
      next = (error as? Problem)?.next ?? next
      return
    }
    let place = "\(address.host) port \(address.port)"
    switch error.kind {
    case .unauthorised:
      isPassword = true
      cause = "the camera refuses this user and password"
      next = "check both; after too many wrong tries many cameras refuse for a while"
    case .withheld:
      isStranger = true
      cause = "another device asks for the password"
    case .notFound:
      cause = "the camera has no stream at \(address.path)"
      next = "look the path up in the camera's manual"
    case .refused:
      cause = "nothing listens at \(place)"
      next = "check the address, and that RTSP is switched on in the camera"
    case .unreachable:
      cause = "there is no way to \(address.host) from here"
      next = "check the network and the camera's address"
    case .timedOut: cause = "no picture came from \(address.text) for 10 s"
    case .notRTSP:
      cause = "what answers at \(place) does not speak RTSP"
      next = "check the port: RTSP's is 554 unless the camera says otherwise"
    case .redirected:
      cause = "the camera sends the recorder elsewhere, which is not followed"
      next = "use the address it really serves from"
    case .noVideo:
      cause = "\(address.text) has no video"
      next = "look the path up in the camera's manual"
    case .unsupportedCodec(let name):
      cause = "\(address.text) sends \(name), which is not recorded"
      next = "set the camera to H.264 or H.265"
    case .tooLarge:
      cause = "\(address.text) sends pictures larger than are recorded"
      next = "set the camera to a smaller picture"
    case .ended: cause = "the camera closed the connection"
    case .cancelled: cause = "the connection was given up"
    case .invalidData: cause = "what \(address.text) sends could not be read"
    case .other: cause = "\(address.text): \(error.text)"
    }
  }
}
