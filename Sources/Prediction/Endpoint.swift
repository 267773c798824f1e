import Models
import Platform

/// Holds the model in service. The model can be replaced while calls are running; these calls finish with the
/// model with which they began.
public final class Endpoint: @unchecked Sendable {
  private let lock = Lock()
  private var present: Model

  /// - Throws: `invalidArgument` for an untrained model; `refused` (location: the rule) if the model's policy
  ///   forbids serving.
  public init(_ model: Model) throws {
    try model.requireServing()
    _ = try model.scorer.scoring(for: model.task)
    present = model
  }

  /// The model in service.
  public var model: Model { lock.withLock { present } }

  /// Replaces the model in service.
  ///
  /// - Throws: `invalidArgument` (location: "model") for a model with other inputs, scores or classes.
  public func swap(_ model: Model) throws {
    try model.requireServing()
    _ = try model.scorer.scoring(for: model.task)
    // Released after the lock: if this is the last reference to a large model, its memory is freed here.
    let replaced: Model = try lock.withLock {
      if let difference = Self.difference(from: present, to: model) {
        throw Failure.invalidArgument(
          "the model cannot take the place of the one in service: it has \(difference)", at: "model")
      }
      defer { present = model }
      return present
    }
    withExtendedLifetime(replaced) {}
  }

  /// The difference that callers would notice; nil if there is none.
  private static func difference(from old: Model, to new: Model) -> String? {
    if old.reader.medium != new.reader.medium { return "\(new.reader.medium.rawValue) as its inputs" }
    if old.featureCount != new.featureCount {
      return "\(new.featureCount) inputs where \(old.featureCount) are served"
    }
    if old.inputNames != new.inputNames {
      return
        "the inputs \(new.inputNames.joined(separator: ", ")) where \(old.inputNames.joined(separator: ", ")) "
        + "are served"
    }
    if old.scoreCount != new.scoreCount {
      return "\(new.scoreCount) scores where \(old.scoreCount) are served"
    }
    if old.classLabels != new.classLabels {
      return "the classes \(new.classLabels.joined(separator: ", ")) where "
        + "\(old.classLabels.joined(separator: ", ")) are served"
    }
    if old.adjustments.attributes != new.adjustments.attributes {
      return "other groups by which it decides"
    }
    return nil
  }
}
