/// Log messages to the host; no messages by default.
public enum Log {
  public enum Level: Int32, Sendable {
    case error = 0
    case warning = 1
    case info = 2
    case debug = 3
  }

  public typealias Sink = (Level, String) -> Void

  private static let lock = Lock()
  nonisolated(unsafe) private static var sink: Sink?
  nonisolated(unsafe) private static var threshold = Level.error

  public static func set(_ newSink: Sink?, upTo level: Level) {
    lock.withLock {
      sink = newSink
      threshold = level
    }
  }

  public static func write(_ level: Level, _ message: @autoclosure () -> String) {
    let receiver = lock.withLock { level.rawValue <= threshold.rawValue ? sink : nil }
    receiver?(level, message())
  }
}
