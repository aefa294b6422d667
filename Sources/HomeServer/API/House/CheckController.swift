import Catalog
import Domain
import HomeAPI
import Household
import Housekeeping
import Seal
import Settings
import Vault

/// One broken invariant, with what to do about it.
typealias Finding = API.CheckReport.Finding

/// Checks the invariants and changes nothing: databases, access log, and that rows and files agree.
struct CheckController: Sendable {
  let access: AccessControl
  let environment: ServerEnvironment
  let catalog: Catalog
  let household: Household
  let vault: Vault
  let folders: CameraFolders

  /// Checks the invariants and changes nothing: databases, view log, and that rows and files agree.
  func check(_ request: APIRequest) async throws -> APIResponse {
    _ = try await access.owner(request)
    var findings: [Finding] = []
    var checked = ["segments": 0, "events": 0, "pictures": 0, "cameras": 0]
    for line in try await catalog.integrityFindings() {
      findings.append(
        Finding(what: line, where: catalog.path, next: "stop Hearth and delete this file: it is made again"))
    }
    for line in try await household.integrityFindings() {
      findings.append(
        Finding(what: line, where: household.path, next: "restart Hearth: it puts the newest backup in its place"))
    }
    let broken = try await household.verifyChain()
    let viewLog = API.CheckReport.ViewLog(
      holds: broken == nil, rows: try await household.countViews(),
      newest: try await household.viewLogHead()?.hash)
    if let broken {
      findings.append(
        Finding(
          what: "the view log was changed past Hearth at row \(broken.row) of \(broken.table)", where: household.path,
          next: "compare with a backup: somebody edited the file"))
    }
    let listing = try folders.list()
    for problem in listing.problems {
      findings.append(Finding(what: problem.problem.what, where: problem.camera.text, next: problem.problem.next))
    }
    for camera in listing.cameras {
      checked["cameras", default: 0] += 1
      if let away = vault.away(camera.id) {
        findings.append(
          Finding(
            what: away, where: camera.name,
            next: "mount it: what lies there could not be looked at; recording begins again by itself"))
      }
      try await checkSegments(of: camera, &findings, &checked)
      try await checkEvents(of: camera, &findings, &checked)
      try await checkFilmstrip(of: camera, &findings, &checked)
    }
    return try .json(API.CheckReport(findings: findings, checked: checked, viewLog: viewLog))
  }

  private func checkSegments(
    of camera: CameraSettings, _ findings: inout [Finding], _ checked: inout [String: Int]
  ) async throws {
    let rows = try await catalog.files(of: camera.id)
    var files: Set<String> = []
    for day in try vault.mediaDays(of: camera.id) { files.formUnion(try vault.segmentFiles(of: camera.id, on: day)) }
    let inspector = try files.isEmpty ? nil : vault.inspector(of: camera.id)
    for file in files.sorted() {
      guard let inspector else { break }
      checked["segments", default: 0] += 1
      // Every byte is read: whoever asks for something meanwhile gets the thread between two files.
      await Task.yield()
      do {
        let (segment, isWhole) = try inspector.verify(file)
        if segment.identity.fileName != file.split(separator: "/").last.map(String.init) {
          findings.append(
            Finding(
              what: "a file's name is not what it says it is (\(segment.identity.fileName))",
              where: "\(camera.name): \(file)",
              next: "it is served only under its own name; find out how it got there"))
        }
        if segment.isClosed, !isWhole {
          findings.append(
            Finding(
              what: "a fragment was altered since it was written", where: "\(camera.name): \(file)",
              next: "what was altered is never served; look at the disk's health"))
        }
        if !segment.isClosed {
          findings.append(
            Finding(
              what: "a finished segment has no closing box", where: "\(camera.name): \(file)",
              next: "nothing is lost: it plays up to its last good fragment"))
        }
      } catch let fault as SegmentFault {
        findings.append(
          Finding(
            what: "a file is not this camera's footage or was altered (\(fault))", where: "\(camera.name): \(file)",
            next: "it is never served; find out how it got there"))
      } catch let problem as Problem where problem.isNotFound {
        checked["segments", default: 0] -= 1
      } catch let problem as Problem {
        findings.append(
          Finding(
            what: "a segment can't be read: \(problem.what)", where: "\(camera.name): \(file)",
            next: "it is never served; \(problem.next)"))
      }
    }
    guard vault.away(camera.id) == nil else { return }
    for (file, state) in rows.sorted(by: { $0.key < $1.key }) where state == .present && !files.contains(file) {
      findings.append(
        Finding(
          what: "listed footage has no file", where: "\(camera.name): \(file)",
          next: "put the file back, or leave it: the row is kept and marked as missing"))
    }
  }

  private func checkEvents(
    of camera: CameraSettings, _ findings: inout [Finding], _ checked: inout [String: Int]
  ) async throws {
    for day in try vault.eventDays(of: camera.id) {
      for file in try vault.eventFiles(of: camera.id, on: day) {
        checked["events", default: 0] += 1
        if try vault.event(file, of: camera.id) == nil {
          findings.append(
            Finding(
              what: "an event's record does not hold its seal", where: "\(camera.name): \(file)",
              next: "it is never listed; find out how it got there"))
        }
      }
    }
  }

  private func checkFilmstrip(
    of camera: CameraSettings, _ findings: inout [Finding], _ checked: inout [String: Int]
  ) async throws {
    for sheet in try vault.sheets(of: camera.id) {
      await Task.yield()
      let place = "\(camera.name): filmstrip/\(sheet.file)"
      do {
        guard let found = try vault.inspect(sheet) else { continue }
        checked["pictures", default: 0] += found.pictures
        // In a sheet that is being written, the next picture may be half there.
        if found.torn > 0, sheet.end + .seconds(60) < environment.now() {
          findings.append(
            Finding(
              what: "a sheet of the filmstrip has \(found.torn) bytes after its last whole picture", where: place,
              next: "nothing is lost: what is before them is shown"))
        }
      } catch let fault as SheetFault {
        findings.append(
          Finding(
            what: "a sheet of the filmstrip is not this camera's or was altered (\(fault))", where: place,
            next: "it is never served; find out how it got there"))
      }
    }
  }
}
