// refused: 'Site.File' initializer is inaccessible due to 'fileprivate' protection level

extension PicturesController {
  func routeThatPassesAPictureOffAsThePages(_ jpeg: [UInt8]) -> APIResponse {
    .file(Site.File(bytes: jpeg, type: "image/jpeg", tag: ""), isKnown: false)
  }
}
