import Fairness
import Platform

/// How constraints are kept by a reduction: the model is trained several times with a cost for each row, and
/// without knowledge of groups (Agarwal et al. 2018; Agarwal, Dudík and Wu 2019).
public struct ReductionConfig: Configuration {
  public var method = Method.exponentiatedGradient
  public var result = Result.randomized
  public var steps = 50
  public var bound = 100.0
  public var accuracy: Double?
  public var stepSize = 2.0
  public var gridSize = 25
  public var gridLimit: Double?
  public var key: String?

  public enum Method: String, ConfigChoice, Sendable {
    case exponentiatedGradient = "exponentiated_gradient"
    case gridSearch = "grid_search"
  }

  public enum Result: String, ConfigChoice, Sendable { case randomized, blended, best }

  public init() {}

  public static let summary =
    "Keeps the tolerances by training the model several times with a cost for each row."
  public static let fields: [ConfigField<ReductionConfig>] = [
    ConfigField(
      "method", \.method,
      "exponentiated_gradient finds the best mixture of models; grid_search trains one model for each point of a grid "
        + "of multipliers and keeps the best."),
    ConfigField(
      "result", \.result,
      "randomized: each row is decided by a model that is drawn from the mixture, with the same draw for the same row. "
        + "blended: the mean score of the mixture decides. best: the best single model. With bounded_group_loss, the "
        + "result is always blended or best."),
    ConfigField("steps", \.steps, in: 1...1000, "For exponentiated_gradient, the maximum number of steps."),
    ConfigField(
      "bound", \.bound, in: 0.01...1e6,
      "For exponentiated_gradient, the maximum sum of the multipliers. A violation of the tolerances by more than "
        + "1 / bound is never worth its lower error."),
    ConfigField(
      "accuracy", \.accuracy, in: 0...1,
      "For exponentiated_gradient, how near to the optimum the search ends. Default: half a standard error of the "
        + "first model's errors."),
    ConfigField(
      "step_size", \.stepSize, in: 1e-3...1e3, "For exponentiated_gradient, the first step's size."),
    ConfigField("grid_size", \.gridSize, in: 1...10_000, "For grid_search, the least number of models."),
    ConfigField(
      "grid_limit", \.gridLimit, in: 0.001...1e6,
      "For grid_search, the largest sum of the multipliers. Default: for each direction, the multiplier from which on no "
        + "label has an effect."),
    ConfigField(
      "key", \.key,
      "For randomized, the column whose value selects the draw, such as a person's number. Default: the values of all "
        + "columns that the model reads."),
  ]

  /// The method's settings for exponentiated gradient.
  package var exponentiatedGradient: ExponentiatedGradient {
    var method = ExponentiatedGradient()
    (method.steps, method.bound, method.accuracy, method.stepSize) = (steps, bound, accuracy, stepSize)
    return method
  }

  package var multiplierSearch: MultiplierSearch {
    var search = MultiplierSearch()
    (search.size, search.limit) = (gridSize, gridLimit)
    return search
  }
}
