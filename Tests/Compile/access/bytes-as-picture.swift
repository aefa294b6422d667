// refused: cannot convert value of type '[UInt8]' to expected argument type 'VerifiedPicture'

extension PicturesController {
  func routeThatSendsWhatItFound(_ jpeg: [UInt8]) -> APIResponse {
    .picture(jpeg)
  }
}
