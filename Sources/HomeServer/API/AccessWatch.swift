package import Domain
package import Household
import Housekeeping
import Settings

/// Checks again and again whether what stays open is still allowed: a session, a token, a grant, a person or an hour of the
/// day can end while a client watches.
package struct AccessWatch: Sendable {
  let household: Household
  let registry: CameraRegistry
  let environment: ServerEnvironment

  /// A revocation takes effect within a second, on a busy machine too.
  private static let recheck = Duration.milliseconds(400)

  /// Returns when a view that was authorised would no longer be so, or when that can't be found out.
  package func whileAllowed(_ credential: Credential, _ camera: CameraID, _ action: ViewAction) async {
    await whileTrue {
      // An archived camera's footage stays; of the camera itself there is nothing more to see.
      if action == .live {
        guard let settings = await registry.settings(of: camera), !settings.archived else { return false }
      }
      return try await household.isStillAllowed(credential, camera: camera, action: action, now: environment.now())
    }
  }

  /// Returns when a credential is no longer valid.
  func whileSignedIn(_ credential: Credential) async {
    await whileTrue { try await household.authenticate(credential, now: environment.now()) != nil }
  }

  private func whileTrue(_ holds: () async throws -> Bool) async {
    do {
      while try await holds() { try await environment.sleep(Self.recheck) }
    } catch {
      return
    }
  }
}
