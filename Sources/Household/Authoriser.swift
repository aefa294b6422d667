@_spi(Household) public import Domain
import Foundation
import GRDB

extension Household {
  /// The one place that gives permission to open a camera's media.
  ///
  /// One transaction reads the credential, the person and the grant anew, and writes the view log; only when it is on
  /// the disk is the grant made. So nobody sees anything that the log doesn't hold, and a right that was taken away is
  /// gone at the next call. The view log can't be written: no grant.
  ///
  /// The caller has made sure that the camera exists: an owner has every right on every camera, on unknown ones too.
  ///
  /// - Parameters:
  ///   - span: what of the footage is asked for; `nil` for live and snapshots.
  ///   - address: where the request came from; the log keeps it.
  /// - Returns: `nil` when refused; nothing is written then.
  public func authorise(
    _ credential: Credential, camera: CameraID, action: ViewAction, span: TimeSpan?, from address: String,
    now: WallTime
  ) async throws -> ViewGrant? {
    let address = cut(address, to: 64)
    let opened = try await writing("authorising a view") { db -> (person: PersonID, row: Int64)? in
      guard let principal = try Self.holder(db, credential, of: action.right, on: camera, now: now) else { return nil }
      let view = View(principal: principal, address: address, camera: camera, action: action, span: span, at: now)
      return (principal.person, try ViewLog.open(db, view))
    }
    guard let opened else { return nil }
    return ViewGrant(person: opened.person, camera: camera, action: action, span: span, viewLogRow: opened.row)
  }

  /// Whether a view that was authorised would be so again: for connections that stay open. Writes nothing.
  public func isStillAllowed(
    _ credential: Credential, camera: CameraID, action: ViewAction, now: WallTime
  ) async throws -> Bool {
    try await reading("looking rights up") { db in
      try Self.holder(db, credential, of: action.right, on: camera, now: now) != nil
    }
  }

  private static func holder(
    _ db: Database, _ credential: Credential, of right: Rights, on camera: CameraID, now: WallTime
  ) throws -> Principal? {
    guard let principal = try Found(db: db, credential, now: now)?.principal else { return nil }
    let rights = principal.isOwner ? .all : try Person.rights(db, principal.person, on: camera)
    return rights.isSuperset(of: right) ? principal : nil
  }
}
