import CameraWorker
import Domain
import Glibc

// `hearth-camera worker` reads one camera; `hearth-camera probe` looks at one once, `hearth-camera replay` at a file. All
// get their task on standard input and are started by `hearth`, never by hand.
let version = "0.1.0"
do {
  switch CommandLine.arguments.dropFirst().first {
  case "worker": try Worker.run(version: version)
  case "probe": exit(Probe.run())
  case "replay": exit(Replay.run())
  case "--version": print(version)
  default:
    throw Problem(
      .usage, "hearth-camera needs a role: worker, probe or replay", next: "use `hearth serve` or `hearth camera probe`"
    )
  }
} catch {
  let problem = error as? Problem ?? Problem(.internalError, "\(error)", next: "report this")
  let line = Array("hearth-camera: \(problem)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  exit(problem.exit.rawValue)
}
