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
    guard action.opensMedia else { return nil }
    let (address, moment) = (cut(address, to: 64), moment(now))
    let opened = try await writing("authorising a view") { db -> (person: PersonID, row: Int64)? in
      guard let access = try Access(db: db, credential, at: moment),
        try access.rights(db, on: camera).isSuperset(of: action.right)
      else { return nil }
      let view = View(
        principal: access.principal, address: address, camera: camera, action: action, span: span, at: now)
      return (access.principal.person, try ViewLog.open(db, view))
    }
    guard let opened else { return nil }
    return ViewGrant(person: opened.person, camera: camera, action: action, span: span, viewLogRow: opened.row)
  }

  /// Whether a view that was authorised would be so again: for connections that stay open. Writes nothing.
  public func isStillAllowed(
    _ credential: Credential, camera: CameraID, action: ViewAction, now: WallTime
  ) async throws -> Bool {
    let moment = moment(now)
    return try await reading("looking rights up") { db in
      try Access(db: db, credential, at: moment)?.rights(db, on: camera).isSuperset(of: action.right) ?? false
    }
  }

  /// The cameras of which somebody may list what happened, out of `cameras`. For each of them the view log holds a row
  /// before this answers; a sitting that is going on needs no new one.
  ///
  /// - Parameters:
  ///   - span: what is asked for; `nil` for all.
  ///   - address: where the request came from; the log keeps it.
  public func listing(
    _ credential: Credential, of cameras: [CameraID], span: TimeSpan?, from address: String, now: WallTime
  ) async throws -> Set<CameraID> {
    let (address, moment) = (cut(address, to: 64), moment(now))
    @Sendable func views(_ db: Database) throws -> [View] {
      guard let access = try Access(db: db, credential, at: moment) else { return [] }
      return try access.cameras(db, needing: ViewAction.list.right).among(cameras).sorted().map {
        View(principal: access.principal, address: address, camera: $0, action: .list, span: span, at: now)
      }
    }
    // Most lists belong to a sitting that is in the log already: then nobody waits for the one writer.
    let (found, isLogged) = try await reading("looking rights up") { db in
      let views = try views(db)
      return (views, try views.allSatisfy { try ViewLog.isNoted(db, $0) })
    }
    if isLogged { return Set(found.map(\.camera)) }
    return try await writing("noting a list") { db in
      let views = try views(db)
      for view in views { _ = try ViewLog.open(db, view) }
      return Set(views.map(\.camera))
    }
  }

  /// Notes that somebody deletes footage by hand, before it goes.
  ///
  /// - Parameter spans: what goes, camera by camera.
  /// - Returns: whether they may, on every one of the cameras; nothing is written otherwise.
  public func deleting(
    _ credential: Credential, spans: [CameraID: TimeSpan], from address: String, now: WallTime
  ) async throws -> Bool {
    let (address, moment) = (cut(address, to: 64), moment(now))
    return try await writing("noting a deletion by hand") { db in
      guard let access = try Access(db: db, credential, at: moment) else { return false }
      for camera in spans.keys {
        guard try access.rights(db, on: camera).isSuperset(of: ViewAction.delete.right) else { return false }
      }
      for (camera, span) in spans.sorted(by: { $0.key < $1.key }) {
        _ = try ViewLog.open(
          db,
          View(principal: access.principal, address: address, camera: camera, action: .delete, span: span, at: now))
      }
      return true
    }
  }
}
