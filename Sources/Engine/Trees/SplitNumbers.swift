/// Thresholds as float32 numbers compare with them.
public enum SplitNumbers {
  /// The largest float that is not above a number: x ≤ it for the same floats.
  public static func below(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) > value ? nearest.nextDown : nearest
  }

  /// The smallest float that is not below a number: x < it for the same floats.
  public static func above(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) < value ? nearest.nextUp : nearest
  }
}
