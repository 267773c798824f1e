/// The multiplier of one inequality, updated by dual ascent with an adaptive gain.
///
///     λ ← max(0, λ + gain · excess)
///
/// The gain grows while the excess keeps its sign and is halved when the sign changes, like the step sizes of
/// Rprop (Riedmiller and Braun 1993). Therefore neither the unit of the loss nor that of the statistic must
/// be known.
struct Multiplier {
  var value: Float = 0
  /// A factor relative to the constraint's first gain.
  var gain: Float = 1
  /// The sign of the last excess: 1 or −1; 0 before the first update.
  var sign: Float = 0

  static let growth: Float = 1.3
  static let largestGain: Float = 30
  static let smallestGain: Float = 0.02

  /// - Parameters:
  ///   - excess: the amount by which the inequality is violated; negative if it holds with slack.
  ///   - first: the constraint's first gain.
  ///   - pace: a factor for the update.
  ///   - most: the maximum value of the multiplier.
  mutating func move(by excess: Float, first: Float, pace: Float, most: Float) {
    guard excess.isFinite else { return }
    let now: Float = excess > 0 ? 1 : -1
    if value == 0, now < 0 {
      (gain, sign) = (1, 0)
      return
    }
    if sign == now {
      gain = min(gain * Self.growth, Self.largestGain)
    } else if sign != 0 {
      gain = max(gain / 2, Self.smallestGain)
    }
    sign = now
    value = min(max(value + first * gain * pace * excess, 0), most)
  }
}
