#if canImport(Glibc)
  import Glibc
#endif

/// p = σ(logit(s) / T), where the temperature T has the maximum likelihood (Guo, Pleiss, Sun and Weinberger
/// 2017, section 4.2). The order of scores and the decisions at threshold 0.5 do not change.
public struct TemperatureScaling: Calibrator, Equatable {
  public let temperature: Double

  public init(temperature: Double) { self.temperature = temperature }

  public init(_ rows: CalibrationRows) {
    let logits = rows.scores.map(Self.logit)
    // The loss is convex in 1 / T: its slope changes sign once.
    func slope(_ inverse: Double) -> Double {
      var sum = 0.0
      for (row, logit) in logits.enumerated() {
        sum += rows.weight(row) * (Self.sigmoid(inverse * logit) - (rows.labels[row] ? 1 : 0)) * logit
      }
      return sum
    }
    var (low, high) = (1e-3, 1e3)
    for _ in 0..<100 {
      let middle = (low * high).squareRoot()
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
    temperature = 1 / (low * high).squareRoot()
  }

  public func probability(_ score: Double) -> Double { Self.sigmoid(Self.logit(score) / temperature) }

  static func logit(_ score: Double) -> Double {
    let p = min(max(score, 1e-12), 1 - 1e-12)
    return log(p / (1 - p))
  }

  static func sigmoid(_ value: Double) -> Double {
    value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
  }
}
