import Domain
import Foundation
import GRDB
import SQLite

/// A moment as rights are counted: when it is, and how late it is in the house.
struct HouseMoment: Sendable {
  let time: WallTime
  /// Minute of the house's day, 0 to 1439.
  let minute: Int

  init(_ time: WallTime, in zone: TimeZone) {
    self.time = time
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.seconds)))
    let second = time.seconds + Int64(offset)
    minute = Int((second - second.floorDivided(by: 86400) * 86400) / 60)
  }

  var arguments: StatementArguments { ["now": time.nanoseconds, "minute": minute] }

  /// SQL that holds for a row with `until_ns`, `from_minute` and `to_minute` which is in force at `:now`, `:minute`.
  static let inForce = """
    (until_ns IS NULL OR until_ns > :now)
    AND (from_minute IS NULL OR iif(from_minute < to_minute, :minute >= from_minute AND :minute < to_minute,
      :minute >= from_minute OR :minute < to_minute))
    """
}

/// What a credential is worth at one moment: found anew in each transaction, and the only place where rights are made
/// from grants. Every decision and every list goes through it.
struct Access: Sendable {
  let principal: Principal
  private let moment: HouseMoment
  /// Whether the person is an owner, whatever the token.
  private let personIsOwner: Bool
  /// What the credential itself leaves of the person's rights.
  private let ceiling: Rights
  /// The token whose chosen cameras are all that is left; `nil` for all cameras.
  private let chosenBy: Data?
  /// `nil` when no use is kept, or there was none.
  private let used: WallTime?
  private let keepsUse: Bool

  /// `nil` when the credential doesn't hold (any more).
  init?(db: Database, _ credential: Credential, at moment: HouseMoment) throws {
    self.moment = moment
    switch credential {
    case .console:
      principal = .console
      (personIsOwner, ceiling, chosenBy, used, keepsUse) = (true, .all, nil, nil, false)
    case .session(let digest):
      guard let row = try Self.session(db, digest) else { return nil }
      let (made, used) = (WallTime(nanoseconds: row["created_ns"]), WallTime(nanoseconds: row["seen_ns"]))
      guard moment.time - made < SessionLife.whole, moment.time - used < SessionLife.idle else { return nil }
      (personIsOwner, ceiling, chosenBy, self.used, keepsUse) = (row["owner"], .all, nil, used, true)
      principal = try Self.principal(row, isOwner: row["owner"], credential)
    case .token(let digest):
      guard let row = try Self.token(db, digest, moment) else { return nil }
      let rights: Rights = row["in_hours"] ? Rights(rawValue: row["rights"]) : []
      let chosen: Bool = row["chosen"]
      (personIsOwner, ceiling, chosenBy) = (row["owner"], rights, chosen ? row["token"] : nil)
      (used, keepsUse) = ((row["used_ns"] as Int64?).map(WallTime.init(nanoseconds:)), true)
      // A token for a part of the house is no owner: it could give itself the rest.
      principal = try Self.principal(row, isOwner: row["owner"] && rights == .all && !chosen, credential)
    }
  }

  private static func session(_ db: Database, _ digest: TokenDigest) throws -> Row? {
    try Row.fetchOne(
      db,
      sql: """
        SELECT person.id, name, owner, session.created_ns, seen_ns
        FROM session JOIN person ON person.id = session.person WHERE digest = ?
        """, arguments: [digest.bytes])
  }

  private static func token(_ db: Database, _ digest: TokenDigest, _ moment: HouseMoment) throws -> Row? {
    try Row.fetchOne(
      db,
      sql: """
        SELECT person.id, name, owner, token.id AS token, used_ns, rights, chosen, \(HouseMoment.inForce) AS in_hours
        FROM token JOIN person ON person.id = token.person
        WHERE digest = :digest AND (until_ns IS NULL OR until_ns > :now)
        """, arguments: moment.arguments + ["digest": digest.bytes])
  }

  private static func principal(_ row: Row, isOwner: Bool, _ credential: Credential) throws -> Principal {
    guard let id = RandomID(bytes: row["id"] as Data) else { throw badRow("person") }
    return Principal(person: PersonID(raw: id), name: row["name"], isOwner: isOwner, credential: credential)
  }

  // MARK: - Rights

  /// What may be done with one camera.
  func rights(_ db: Database, on camera: CameraID) throws -> Rights {
    if isUnlimited { return ceiling }
    let bits = try UInt8.fetchOne(
      db, sql: "SELECT bits FROM (\(granted)) WHERE camera = :one",
      arguments: arguments + ["one": camera.blob])
    return Rights(rawValue: bits ?? 0)
  }

  /// What may be done with each of several cameras; those with which nothing may be done are left out.
  func rights(_ db: Database, among cameras: [CameraID]) throws -> [CameraID: Rights] {
    guard !isUnlimited else {
      return ceiling.isEmpty ? [:] : Dictionary(cameras.map { ($0, ceiling) }, uniquingKeysWith: { $1 })
    }
    var found: [CameraID: Rights] = [:]
    let wanted = Set(cameras)
    for row in try Row.fetchAll(db, sql: "SELECT camera, bits FROM (\(granted)) WHERE bits <> 0", arguments: arguments)
    {
      guard let camera = CameraID(bytes: row["camera"] as Data) else { throw badRow("camera_grant") }
      if wanted.contains(camera) { found[camera] = Rights(rawValue: row["bits"]) }
    }
    return found
  }

  /// The cameras on which all of `right` may be done; with `anyOf`, any of it.
  func cameras(_ db: Database, needing right: Rights, anyOf: Bool = false) throws -> AllowedCameras {
    if isUnlimited {
      return (anyOf ? !ceiling.isDisjoint(with: right) : ceiling.isSuperset(of: right)) ? .all : .some([])
    }
    let blobs = try Data.fetchAll(
      db, sql: "SELECT camera FROM (\(granted)) WHERE bits & :right \(anyOf ? "<> 0" : "= :right")",
      arguments: arguments + ["right": right.rawValue])
    return .some(
      Set(
        try blobs.map { bytes in
          guard let camera = CameraID(bytes: bytes) else { throw badRow("camera_grant") }
          return camera
        }))
  }

  /// Every camera that there is, with the same rights.
  private var isUnlimited: Bool { personIsOwner && chosenBy == nil }

  /// A query of `camera` and `bits`: the grants in force, cut to what the credential leaves of them.
  private var granted: String {
    let grants =
      personIsOwner
      ? "SELECT camera, 15 AS rights FROM token_camera WHERE token = :token"
      : "SELECT camera, rights FROM camera_grant WHERE person = :person AND \(HouseMoment.inForce)"
    guard chosenBy != nil else { return "SELECT camera, rights & :ceiling AS bits FROM (\(grants))" }
    return """
      SELECT base.camera, base.rights & chosen.rights & :ceiling AS bits
      FROM (\(grants)) AS base JOIN token_camera AS chosen ON chosen.token = :token AND chosen.camera = base.camera
      """
  }

  private var arguments: StatementArguments {
    var arguments: StatementArguments = ["ceiling": ceiling.rawValue]
    if let chosenBy { arguments += ["token": chosenBy] }
    if !personIsOwner { arguments += moment.arguments + ["person": principal.person.raw.blob] }
    return arguments
  }

  // MARK: - Noting its use

  var usedLongAgo: Bool {
    guard keepsUse else { return false }
    guard let used else { return true }
    return moment.time - used >= SessionLife.grain
  }

  static func noteUse(_ db: Database, _ credential: Credential, now: WallTime) throws {
    switch credential {
    case .console: return
    case .session(let digest):
      try db.execute(
        sql: "UPDATE session SET seen_ns = max(seen_ns, ?) WHERE digest = ?",
        arguments: [now.nanoseconds, digest.bytes])
    case .token(let digest):
      try db.execute(
        sql: "UPDATE token SET used_ns = max(coalesce(used_ns, 0), ?) WHERE digest = ?",
        arguments: [now.nanoseconds, digest.bytes])
    }
  }
}
