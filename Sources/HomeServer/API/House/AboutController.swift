import HomeAPI

/// What is the same for everyone: that the server answers, and the API's own description.
struct AboutController: Sendable {
  let openAPI: [UInt8]?

  func health(_ request: APIRequest) async throws -> APIResponse { try .json(API.Health(status: .ok)) }

  /// The OpenAPI document; none when no page is served.
  func document(_ request: APIRequest) async throws -> APIResponse {
    guard let openAPI else { throw APIFailure.notFound }
    return .description(openAPI)
  }
}
