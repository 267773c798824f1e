import Datasets
import Platform

/// Learned fair representations (Zemel, Wu, Swersky, Pitassi and Dwork 2013): a row is replaced by its
/// probabilities of belonging to K prototypes. These are trained to contain information about the inputs and
/// the label, but not about the group:
///
///     M_nk = softmax(−Σ_j α_j (x_nj − v_kj)²)     x̂_n = Σ_k M_nk v_k     ŷ_n = Σ_k M_nk w_k
///     L = A_z · mean over pairs of groups of Σ_k |M̄_k − M̄'_k| + A_x · mean |x − x̂|² + A_y · mean cross-entropy(y, ŷ)
///
/// The inputs are replaced by the columns lfr_1 … lfr_K. Trained with Adam on random batches.
public struct LearnedRepresentation: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var prototypes = 10
  var fairness = 50.0
  var reconstruction = 0.01
  var prediction = 1.0
  var steps = 1000
  var rate = 0.05

  public init() {}

  public static let name = "learned_representation"
  public static let summary =
    "Replaces inputs by probabilities of prototypes that represent inputs and label, but not the group "
    + "(Zemel et al. 2013)."
  public static let fields: [ConfigField<LearnedRepresentation>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField("columns", \.columns, "The columns that the representation replaces. Default: all inputs."),
    ConfigField("prototypes", \.prototypes, in: 2...500, "K, the number of prototypes."),
    ConfigField("fairness", \.fairness, in: 0...1e9, "A_z, the weight of equal probabilities in all groups."),
    ConfigField(
      "reconstruction", \.reconstruction, in: 0...1e9, "A_x, the weight of the inputs' squared error."),
    ConfigField("prediction", \.prediction, in: 0...1e9, "A_y, the weight of the label's cross-entropy."),
    ConfigField("steps", \.steps, in: 1...1_000_000, "The number of steps of the optimizer."),
    ConfigField("learning_rate", \.rate, in: 1e-9...10, "Its learning rate."),
  ]

  static let prefix = "lfr_"

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let labels = try rows.requiredLabels(at: work.pointer)
    guard labels.names.count == 2 else {
      throw work.invalid("", "the label has \(labels.names.count) classes; the representation needs two")
    }
    let groups = try rows.groups(attributes, at: work.pointer)
    guard Strata(groups).counts.filter({ $0 > 0 }).count > 1 else {
      throw work.invalid("attributes", "all rows are of one group; two or more are needed")
    }
    if let taken = rows.dataset.names.first(where: { $0.hasPrefix(Self.prefix) }) {
      throw work.invalid("", "there is a column \"\(taken)\" already; the representation needs these names")
    }
    let chosen = try rows.columns(columns, at: work.pointer)
    let features = try FeatureMatrix(chosen, work: work)
    var model = PrototypeModel(width: features.width, count: prototypes)
    model.start(features, &work.random)
    var trainer = PrototypeTrainer(
      fairness: fairness, reconstruction: reconstruction, prediction: prediction, rate: rate)
    let loss = try trainer.train(
      &model, features, labels: labels.codes, groups: groups, rows: rows, steps: steps, &work.random)
    let fitted = PrototypeColumns(parts: features.parts, model: model, loss: loss)
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try PrototypeColumns(from: &reader)
  }
}
