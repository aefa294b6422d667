// refused: cannot assign to property: 'headers' is a 'let' constant

extension PicturesController {
  func routeThatRelabels(_ jpeg: [UInt8]) throws -> APIResponse {
    var answer = try APIResponse.json(jpeg)
    answer.headers = [("content-type", "image/jpeg")]
    return answer
  }
}
