// refused: 'APIResponse' initializer is inaccessible due to 'private' protection level

extension PicturesController {
  func routeThatPutsItsAnswerTogetherByHand(_ jpeg: [UInt8]) -> APIResponse {
    APIResponse(200, [("content-type", "image/jpeg")], .bytes(jpeg))
  }
}
