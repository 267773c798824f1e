/// Float32 thresholds that give the same comparisons with float32 numbers as double ones.
public enum SplitNumbers {
  /// The largest float that is not above a number: the same floats x are ≤ it.
  public static func below(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) > value ? nearest.nextDown : nearest
  }

  /// The smallest float that is not below a number: the same floats x are < it.
  public static func above(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) < value ? nearest.nextUp : nearest
  }
}
