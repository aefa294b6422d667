import Domain
import Glibc

// For Tests/EndToEnd/operations/test_sandbox.py, which starts it in the place of `hearth-camera worker`. Not installed.
do {
  try Trial.run()
} catch {
  let line = Array("sandbox-trial: \(error)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  exit((error as? Problem)?.exit.rawValue ?? 1)
}
