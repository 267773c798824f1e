/// Log messages to the host; no messages by default.
public enum Log {
  /// From the most to the least important; a host receives the levels up to the one that it chose.
  public enum Level: Int32, Sendable {
    case error = 0
    case warning = 1
    case info = 2
    case debug = 3
  }

  /// Receives the level and the text of a message, on the thread that writes it.
  public typealias Sink = (Level, String) -> Void

  private static let lock = Lock()
  nonisolated(unsafe) private static var sink: Sink?
  nonisolated(unsafe) private static var threshold = Level.error

  /// Replaces the receiver of messages.
  ///
  /// - Parameters:
  ///   - newSink: nil: no messages.
  ///   - level: the least important level that is passed on.
  public static func set(_ newSink: Sink?, upTo level: Level) {
    lock.withLock {
      sink = newSink
      threshold = level
    }
  }

  /// Passes a message to the receiver. The text is only computed if the level is wanted.
  public static func write(_ level: Level, _ message: @autoclosure () -> String) {
    let receiver = lock.withLock { level.rawValue <= threshold.rawValue ? sink : nil }
    receiver?(level, message())
  }
}
