#if canImport(Glibc)
  import Glibc
#endif

/// The learning rate at each step, as a fraction of its full value.
public struct Schedule: Sendable {
  /// The course of the learning rate after the warm-up.
  public enum Curve: String, CaseIterable, Sendable { case constant, linear, cosine }

  public let curve: Curve
  /// The number of steps in which the rate rises from 0 to its full value.
  public let warmupSteps: Int
  /// The number of steps of the training, warm-up included.
  public let totalSteps: Int

  public init(_ curve: Curve, warmupSteps: Int, totalSteps: Int) {
    self.curve = curve
    self.warmupSteps = max(warmupSteps, 0)
    self.totalSteps = max(totalSteps, 1)
  }

  /// - Parameter step: counted from 1. After the warm-up the rate stays constant, falls linearly to 0 at the
  ///   last step, or follows half a cosine (Loshchilov and Hutter 2017, equation 5, one period).
  public func factor(step: Int) -> Float {
    if step <= warmupSteps { return Float(step) / Float(warmupSteps) }
    let progress = Double(step - 1 - warmupSteps) / Double(max(totalSteps - warmupSteps, 1))
    switch curve {
    case .constant: return 1
    case .linear: return Float(max(1 - progress, 0))
    case .cosine: return Float(0.5 * (1 + cos(Double.pi * min(progress, 1))))
    }
  }
}
