import Configurations
import Models
import Platform

/// A point of a search space.
struct SearchPoint: Equatable {
  enum Coordinate: Equatable {
    /// The index of a value in a list.
    case choice(Int)
    /// A position in a range, 0 to 1.
    case position(Double)
  }

  /// The index of the space.
  var alternative: Int
  /// One coordinate for each entry of the space.
  var coordinates: [Coordinate]
}

/// A candidate that is to be trained.
struct Proposal {
  let point: SearchPoint
  /// A key that limits the training, and its value; nil: the training is complete.
  var budget: (pointer: String, value: Int)?
  /// Whether the candidate may be chosen.
  var isComplete = true
}

/// A candidate, trained and measured.
struct Trial {
  typealias Value = (pointer: String, value: JSONValue)

  let number: Int
  let point: SearchPoint
  /// The values that distinguish it.
  let values: [Value]
  let isComplete: Bool
  /// nil: training failed.
  let measurement: Measurement?
  /// The reason why training failed.
  let failure: String?
  /// The processor time of training and judging.
  let seconds: Double
  /// The trained model with its report; nil with cross-validation, and for a dominated candidate.
  var product: TrialProduct?

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("trial", .integer(number)), .init("values", .object(values.map { .init($0.pointer, $0.value) })),
      .init("complete", .bool(isComplete)), .init("seconds", .finite(seconds)),
    ]
    if let measurement { members += measurement.members }
    if let failure { members.append(.init("failure", .string(failure))) }
    return .object(members)
  }
}

/// A trained model and the report of its training.
struct TrialProduct {
  let model: Model
  let report: JSONValue
}
