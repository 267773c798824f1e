/// The multiplier of one inequality, moved by dual ascent with a gain that finds its own size.
///
///     λ ← max(0, λ + gain · excess)
///
/// The gain grows while the excess keeps its sign and halves when the sign changes, as the steps of Rprop do (Riedmiller
/// and Braun 1993), so that neither the units of the loss nor those of the statistic have to be known.
struct Multiplier {
  var value: Float = 0
  /// A factor of the constraint's first gain.
  var gain: Float = 1
  /// 1, −1, or 0 before the first move.
  var sign: Float = 0

  static let growth: Float = 1.3
  static let largestGain: Float = 30
  static let smallestGain: Float = 0.02

  /// - Parameters:
  ///   - excess: by how much the inequality is broken; below 0 where it holds with room.
  ///   - first: the constraint's first gain.
  ///   - pace: a factor for the whole move.
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
