import EngineKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The kinds of calibrators.
public enum CalibrationKind: String, CaseIterable, Sendable {
  case platt, isotonic, beta, temperature, histogram
  case vennAbers = "venn_abers"

  /// Whether scores must be probabilities, because their logits are used.
  public var needsProbabilities: Bool { self == .beta || self == .temperature }
}

/// A calibrator of any kind.
public enum AnyCalibrator: Calibrator, Equatable {
  case platt(PlattScaling)
  case isotonic(IsotonicCalibration)
  case beta(BetaCalibration)
  case temperature(TemperatureScaling)
  case histogram(HistogramBinning)
  case vennAbers(VennAbers)

  /// - Parameter bins: the number of bins of a histogram.
  public init(_ kind: CalibrationKind, _ rows: CalibrationRows, bins: Int) {
    switch kind {
    case .platt: self = .platt(PlattScaling(rows))
    case .isotonic: self = .isotonic(IsotonicCalibration(rows))
    case .beta: self = .beta(BetaCalibration(rows))
    case .temperature: self = .temperature(TemperatureScaling(rows))
    case .histogram: self = .histogram(HistogramBinning(rows, bins: bins))
    case .vennAbers: self = .vennAbers(VennAbers(rows))
    }
  }

  public func probability(_ score: Double) -> Double {
    switch self {
    case .platt(let own): own.probability(score)
    case .isotonic(let own): own.probability(score)
    case .beta(let own): own.probability(score)
    case .temperature(let own): own.probability(score)
    case .histogram(let own): own.probability(score)
    case .vennAbers(let own): own.probability(score)
    }
  }
}

/// The calibrators for all scores of a row. With two classes there is one, for the positive class. With more
/// there is one per class against all others, after which the probabilities are scaled to sum to 1 (Zadrozny
/// and Elkan 2002, section 5), or one temperature for all logits (Guo, Pleiss, Sun and Weinberger 2017,
/// section 4.2).
public struct ClassCalibration: Equatable, Sendable {
  public let calibrators: [AnyCalibrator]

  public init(calibrators: [AnyCalibrator]) { self.calibrators = calibrators }

  /// - Parameters:
  ///   - scores: (rows, width).
  ///   - classes: the class of each row.
  ///   - width: 1 for two classes, otherwise the number of classes.
  public init(
    _ kind: CalibrationKind, scores: [Float], classes: [Int], width: Int, weights: [Double]?, bins: Int
  ) {
    if width > 1, kind == .temperature {
      let temperature = Self.temperature(scores, classes, width, weights)
      calibrators = [.temperature(TemperatureScaling(temperature: temperature))]
      return
    }
    calibrators = (0..<width).map { column in
      let own = classes.indices.map { Double(scores[$0 * width + column]) }
      let labels = classes.map { $0 == (width == 1 ? 1 : column) }
      return AnyCalibrator(kind, CalibrationRows(scores: own, labels: labels, weights: weights), bins: bins)
    }
  }

  /// Changes the scores of one row in place.
  func apply(to scores: UnsafeMutablePointer<Float>, width: Int) {
    guard let first = calibrators.first else { return }
    if width == 1 {
      scores[0] = Float(first.probability(Double(scores[0])))
      return
    }
    if calibrators.count < width {
      guard case .temperature(let scaling) = first else { return }
      for column in 0..<width {
        scores[column] = Float(log(max(Double(scores[column]), 1e-12)) / scaling.temperature)
      }
      softmax_forward(scores, scores, 1, width)
      return
    }
    var sum = 0.0
    for column in 0..<width { sum += calibrators[column].probability(Double(scores[column])) }
    for column in 0..<width {
      // If all calibrated probabilities are 0, all classes get the same one.
      scores[column] =
        sum > 0
        ? Float(calibrators[column].probability(Double(scores[column])) / sum) : 1 / Float(width)
    }
  }

  /// The temperature with the maximum likelihood for more than two classes. The loss is convex in 1 / T.
  private static func temperature(_ scores: [Float], _ classes: [Int], _ width: Int, _ weights: [Double]?)
    -> Double
  {
    let logits = scores.map { log(max(Double($0), 1e-12)) }
    // Σ w (Σ_k p_k z_k − z_y), where p is the softmax of z / T.
    func slope(_ inverse: Double) -> Double {
      var total = 0.0
      for row in classes.indices {
        let own = logits[(row * width)..<((row + 1) * width)]
        let largest = (own.max() ?? 0) * inverse
        var (sum, mean) = (0.0, 0.0)
        for logit in own {
          let share = exp(logit * inverse - largest)
          sum += share
          mean += share * logit
        }
        total += (weights?[row] ?? 1) * (mean / sum - logits[row * width + classes[row]])
      }
      return total
    }
    var (low, high) = (1e-3, 1e3)
    for _ in 0..<100 {
      let middle = (low * high).squareRoot()
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
    return 1 / (low * high).squareRoot()
  }
}
