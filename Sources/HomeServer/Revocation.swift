package import Domain
package import Household

/// What stays open is asked again and again whether it still may: a session, a token, a grant, a person or an hour of
/// the day can end while somebody watches.
extension HomeCore {
  /// Revocation bites within a second, on a busy machine too.
  private static let recheck = Duration.milliseconds(400)

  /// Returns when a view that was authorised would no longer be so, or when nothing can be found out.
  package func whileAllowed(_ credential: Credential, _ camera: CameraID, _ action: ViewAction) async {
    await whileTrue {
      // An archived camera's footage stays; of the camera itself there is nothing more to see.
      if action == .live {
        guard let settings = await cameras.settings(of: camera), !settings.archived else { return false }
      }
      return try await household.isStillAllowed(credential, camera: camera, action: action, now: surroundings.now())
    }
  }

  /// Returns when a credential no longer holds.
  func whileSignedIn(_ credential: Credential) async {
    await whileTrue { try await household.authenticate(credential, now: surroundings.now()) != nil }
  }

  private func whileTrue(_ holds: () async throws -> Bool) async {
    do {
      while try await holds() { try await surroundings.sleep(Self.recheck) }
    } catch {
      return
    }
  }
}
