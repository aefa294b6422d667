import WorkerProtocol
import Domain
import FFmpeg
import Files
import Glibc
import Recording
import Seal
import VaultWriter

/// Reads a device that looks like another camera. What its main stream sends goes to the camera's `quarantine` folder,
/// sealed under a key of its own, so that the owner can see whose it is; it is on no list, in no live view, and nothing
/// is detected in it.
///
/// The folder is a camera's folder in small, with parts of its own for everything that writes: nothing here can reach
/// what belongs to the camera. It is bounded by deleting its oldest footage, which nobody was promised.
enum HeldApart {
  /// Reads until the device goes or the worker stops.
  ///
  /// - Returns: what ended it, or `nil` when the worker stops.
  static func read(_ source: StreamSource, _ sighting: DeviceSighting, _ parts: Parts) -> StreamFailure? {
    let failure = StreamFailure(stranger: sighting.changes.joined(separator: "; "), verdict: sighting.verdict)
    // The other stream's pictures would only say the same again.
    guard sighting.stream == .main, parts.settings.record != .off, parts.configuration.mediaAway == nil else {
      return failure
    }
    parts.bulletin.set(.wrongDevice, cause: failure.cause)
    do {
      try Session(parts).read(source)
    } catch {
      parts.log.line("nothing is held apart: \(error)")
    }
    return parts.control.isStopping ? nil : failure
  }

  private final class Session {
    private let parts: Parts
    private let apart: Parts
    private let vault: CameraVault
    private let isWriting = Monitor(true)

    init(_ parts: Parts) throws {
      self.parts = parts
      var configuration = parts.configuration
      configuration.settings.record = .continuous
      configuration.settings.audio = false
      configuration.settings.detect = nil
      let place = try Descriptor.folder("quarantine", in: parts.place)
      let key = parts.key.quarantine
      let log = Log(camera: "\(parts.settings.name) (held apart)")
      vault = try CameraVault(in: place, key: key, installation: configuration.installation)
      apart = try Parts(configuration: configuration, place: place, key: key, log: log, alarm: try Alarm())
    }

    func read(_ source: StreamSource) throws {
      try startWriter()
      let pipeline = StreamPipeline(
        role: .main, source: source.video, sound: nil, parts: apart, numbers: GenerationNumbers())
      var settling = Settling<Packet>()
      var trimmed: MonotonicTime?
      while true {
        do {
          let read = try source.read()
          let packets = settling.take(read, arrival: read.arrival, observe: pipeline.observe)
          for packet in packets { _ = pipeline.take(packet) }
        } catch {
          if error.kind == .invalidData, !parts.control.isStopping { continue }
          break
        }
        let now = SystemClock.monotonic()
        if trimmed.map({ now - $0 >= .seconds(20) }) ?? true {
          trimmed = now
          trim()
        }
      }
      pipeline.end(.streamLost)
      apart.queue.push(.finish)
      _ = isWriting.wait(until: SystemClock.monotonic() + .milliseconds(400)) { $0 ? nil : true }
    }

    private func startWriter() throws {
      let (vault, apart, isWriting, boot) = (vault, apart, isWriting, SystemClock.bootID())
      try OwnThread.start("apart") {
        DiskWriter(vault: vault, queue: apart.queue, bulletin: apart.bulletin, log: apart.log, boot: boot).run()
        isWriting.update { $0 = false }
      }
    }

    private func trim() {
      do {
        let files = try vault.finishedFiles().map {
          QuarantineLimit.File(name: $0.name, bytes: $0.bytes, written: $0.written)
        }
        for name in QuarantineLimit.standard.excess(files, now: SystemClock.wall()) { try vault.discard(name) }
      } catch {
        apart.log.line("its oldest footage could not be deleted: \(error)")
      }
    }
  }
}
