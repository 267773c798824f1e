/// Metrics of a regression, computed from the moments of labels and errors.
extension Metric {
  /// mean(|p − y|).
  static let meanAbsoluteError = Metric(
    "mae", "mean absolute error", "how far predictions are off on average", better: .lower, in: .notNegative
  ) { (errors: ErrorSums) in
    .rate(errors.absoluteError, of: errors.weight, unless: "no rows")
  }

  /// mean((p − y)²).
  static let meanSquaredError = Metric(
    "mse", "mean squared error", "the mean of the squared errors", better: .lower, in: .notNegative
  ) { (errors: ErrorSums) in
    .rate(errors.squaredError, of: errors.weight, unless: "no rows")
  }

  /// √mean((p − y)²).
  static let rootMeanSquaredError = Metric(
    "rmse", "root mean squared error", "the root of the mean squared error", better: .lower, in: .notNegative
  ) { (errors: ErrorSums) in
    MetricValue.rate(errors.squaredError, of: errors.weight, unless: "no rows").map { $0.squareRoot() }
  }

  /// mean(|p − y| / max(|y|, 2⁻⁵²)), as a share and not per cent; scikit-learn's convention.
  static let meanAbsolutePercentageError = Metric(
    "mape", "mean absolute percentage error",
    "how far predictions are off on average, as a share of the outcome",
    better: .lower, in: .notNegative, isDefault: false
  ) { (errors: ErrorSums) in
    guard let relative = errors.relativeError, relative.isFinite else {
      return .undefined(
        reason: errors.relativeError == nil
          ? "the saved sums have no relative errors" : "the relative errors have no finite sum")
    }
    return .rate(relative, of: errors.weight, unless: "no rows")
  }

  /// R² = 1 − Σ (p − y)² / Σ (y − mean(y))², where the mean is over the group.
  ///
  /// Undefined if all labels are equal; scikit-learn's convention is then 1 for exact predictions and 0
  /// otherwise.
  static let coefficientOfDetermination = Metric(
    "r2", "R²", "the share of the outcomes' variance that is explained", better: .higher,
    in: -Double.infinity...1
  ) { (errors: ErrorSums) in
    guard errors.labelSquares > 0 else {
      return .undefined(
        reason: errors.weight > 0 ? "all labels are equal" : "no rows",
        conventional: errors.weight > 0 && errors.squaredError == 0 ? 1 : 0)
    }
    return .defined(1 - errors.squaredError / errors.labelSquares)
  }

  /// mean(p − y): the bias.
  static let meanError = Metric(
    "mean_error", "mean error",
    "the mean of prediction minus outcome: above 0 where predictions are too high",
    better: .near(0), in: .any
  ) { (errors: ErrorSums) in
    .rate(errors.error, of: errors.weight, unless: "no rows")
  }

  /// mean(p) = mean(y) + mean(p − y).
  static let meanPrediction = Metric(
    "mean_prediction", "mean prediction", "the mean of the predictions", better: .neither, in: .any
  ) { (errors: ErrorSums) in
    .rate(errors.meanLabel * errors.weight + errors.error, of: errors.weight, unless: "no rows")
  }.withoutLabels()

  /// mean(max(τ (y − p), (τ − 1)(y − p))): the loss of a prediction of the quantile τ (Koenker and Bassett
  /// 1978). Computed with Σ (y − p)⁺ = (Σ abs(e) − Σ e) / 2, where e = p − y.
  static func quantileLoss(_ name: String, quantile: Double) -> Metric {
    Metric(
      name, "quantile loss", "the mean loss of a prediction of the quantile \(quantile)", better: .lower,
      in: .notNegative, isDefault: false
    ) { (errors: ErrorSums) in
      let above = (errors.absoluteError - errors.error) / 2
      let below = (errors.absoluteError + errors.error) / 2
      return .rate(
        max(0, quantile * above + (1 - quantile) * below), of: errors.weight, unless: "no rows")
    }
  }
}
