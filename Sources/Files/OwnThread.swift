import CLinux
import Domain
import Glibc

/// A thread of its own for work that blocks: libav, the disk. The concurrency pool never sees it.
public enum OwnThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts `body` on a new thread that ends with it.
  ///
  /// - Parameter name: at most 15 bytes are shown by the system.
  public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // Decoders of odd streams use deep stacks; pages that are not touched cost nothing.
    pthread_attr_setstacksize(&attributes, 2 << 20)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let handed = Unmanaged.passRetained(
      Body {
        describe(name)
        body()
      })
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, handed.toOpaque())
    guard code == 0 else {
      handed.release()
      throw Problem(
        .internalError, "no thread could be started: \(String(cString: strerror(code)))",
        next: "raise the limit of tasks for the service", code: .system(code))
    }
  }

  /// Names the calling thread, for `top` and crash reports.
  private static func describe(_ name: String) { hearth_name_thread(name) }
}
