import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Seconds on a monotonic clock.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Reports the progress of training to the host: at the end of each epoch, and up to about twenty times per
/// second in between.
struct Progress {
  typealias Callback = (JSONValue) -> Bool
  private let callback: Callback?
  private let totalSteps: Int
  private let started = monotonicSeconds()
  private var last = 0.0
  private var firstStep = 0

  init(_ callback: Callback?, totalSteps: Int, firstStep: Int) {
    self.callback = callback
    self.totalSteps = totalSteps
    self.firstStep = firstStep
  }

  /// - Throws: `cancelled` if the host requests a stop.
  mutating func report(
    phase: String, epoch: Int, step: Int, rowsPerSecond: Double, always: Bool,
    _ measures: () -> (loss: Double, gaps: JSONValue)
  ) throws {
    try HostCall.check()
    guard let callback else { return }
    let now = monotonicSeconds()
    guard always || now - last > 0.05 else { return }
    last = now
    let (loss, gaps) = measures()
    let perStep = (now - started) / Double(max(step - firstStep, 1))
    let event: JSONValue = [
      "phase": .string(phase), "epoch": .integer(epoch), "step": .integer(step),
      "steps": .integer(totalSteps),
      "loss": .finite(loss), "gaps": gaps, "rows_per_second": .finite(rowsPerSecond.rounded()),
      "eta_seconds": .finite(perStep * Double(totalSteps - step)),
    ]
    guard callback(event) else {
      throw Failure(.cancelled, "the progress callback asked to stop at step \(step) of \(totalSteps)")
    }
  }
}
