import Fairness
import Platform

/// A statistic of a group that is defined in a configuration: a ratio of sums over the group's rows, where s
/// is the decision or score of a row:
///
///     γ(g) = Σ w (a(y) + b(y) s) / Σ w (c(y) + d(y) s)
///
/// The coefficients depend on the label y (Celis et al. 2019). For example, the false negative rate has the
/// numerator `{"positive": {"intercept": 1, "slope": -1}}` and the denominator `{"positive": {"intercept":
/// 1}}`.
public struct StatisticConfig: Configuration, Equatable {
  public var name = "statistic"
  public var numerator = SumConfig()
  public var denominator = SumConfig()
  public var better = Better.higher

  public enum Better: String, ConfigChoice, Sendable { case higher, lower, neither }

  public init() {}

  public static let summary =
    "A group's statistic as a numerator over a denominator, each summed over the group's rows."
  public static let fields: [ConfigField<StatisticConfig>] = [
    ConfigField("name", \.name, "The statistic's name in reports."),
    ConfigField("numerator", \.numerator, "The contribution of a row to the numerator."),
    ConfigField("denominator", \.denominator, "The contribution of a row to the denominator."),
    ConfigField("better", \.better, "Which change of the statistic is good for a group."),
  ]

  public func validate(at pointer: String) throws {
    guard denominator != SumConfig() else {
      throw Failure.invalidConfig(
        "the denominator is 0 for every row; {\"negative\": {\"intercept\": 1}, \"positive\": {\"intercept\": 1}} counts all",
        at: pointer + "/denominator")
    }
    guard numerator.dependsOnSignal || denominator.dependsOnSignal else {
      throw Failure.invalidConfig(
        "no slope is given, so the model has no part in the statistic", at: pointer + "/numerator")
    }
  }

  /// The same ratio of decisions, as an audit's metric.
  package var ratio: ConfusionRatio {
    let better: ConfusionRatio.Better =
      switch better {
      case .higher: .higher
      case .lower: .lower
      case .neither: .neither
      }
    return ConfusionRatio(name: name, numerator: numerator.sum, denominator: denominator.sum, better: better)
  }

  package var statistic: GroupStatistic {
    let direction: GroupStatistic.Direction =
      switch better {
      case .higher: .higher
      case .lower: .lower
      case .neither: .neither
      }
    // Terms with 1 − s and divisions by Σ s are not defined for logits.
    let complements = [numerator.negative, numerator.positive].contains { $0.intercept != 0 && $0.slope != 0 }
    return GroupStatistic(
      name: name, direction: direction, needsProbability: complements || denominator.dependsOnSignal,
      numerator: { numerator.term(label: $0) }, denominator: { denominator.term(label: $0) })
  }
}

/// The contribution of a row to a sum, by its label.
public struct SumConfig: Configuration, Equatable {
  public var negative = SumTermConfig()
  public var positive = SumTermConfig()

  public init() {}

  public static let summary = "The contribution of a row to a sum by its label: intercept + slope · s."
  public static let fields: [ConfigField<SumConfig>] = [
    ConfigField("negative", \.negative, "The contribution of rows with the negative label."),
    ConfigField("positive", \.positive, "The contribution of rows with the positive label."),
  ]

  fileprivate var dependsOnSignal: Bool { negative.slope != 0 || positive.slope != 0 }

  fileprivate var sum: ConfusionRatio.Sum {
    ConfusionRatio.Sum(
      trueNegative: negative.intercept, falsePositive: negative.intercept + negative.slope,
      falseNegative: positive.intercept, truePositive: positive.intercept + positive.slope)
  }

  fileprivate func term(label: Float) -> (intercept: Float, slope: Float) {
    let term = label > 0.5 ? positive : negative
    return (Float(term.intercept), Float(term.slope))
  }
}

/// The two coefficients of a row's term.
public struct SumTermConfig: Configuration, Equatable {
  public var intercept = 0.0
  public var slope = 0.0

  public init() {}

  public static let summary = "intercept + slope · s, with s the decision or the score."
  public static let fields: [ConfigField<SumTermConfig>] = [
    ConfigField("intercept", \.intercept, in: -1e6...1e6, "The part that does not depend on the model."),
    ConfigField("slope", \.slope, in: -1e6...1e6, "The factor of s."),
  ]
}
