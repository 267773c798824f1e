import Configurations
import Fairness
import Platform

/// The changes of a model's scores and decisions, and how rows' groups and keys are read for them.
package struct ModelAdjustments: Equatable, Sendable {
  /// The attributes that the steps read.
  package var attributes: [AdjustedAttribute] = []
  package var steps: [Adjustment] = []
  /// The column of the keys for random decisions; nil: keys are computed from the columns that the model
  /// reads.
  package var key: String?
  /// The columns with the predicted quantiles that intervals are computed from, the lower one first; nil: there are none.
  package var quantiles: [String]?

  /// The column that identifies the query within which a row is ranked; nil: all rows are ranked together, or none is.
  package var query: String?

  /// The columns with the probability of each group, if decisions read them, in the order of their thresholds.
  package var probabilities: GroupColumns?

  package init() {}

  /// The steps that change scores, decide, or withhold decisions.
  package var deciding: [Adjustment] { steps.filter { $0.stage <= .abstention } }

  package var isEmpty: Bool { steps.isEmpty }

  /// The attribute by which a step distinguishes groups; nil if it does not.
  func attribute(of step: Adjustment) -> AdjustedAttribute? {
    step.attribute.flatMap { attributes.indices.contains($0) ? attributes[$0] : nil }
  }

  // MARK: Record

  /// The members of the record's decision in addition to the threshold.
  var members: [JSONValue.Member] {
    guard !isEmpty else { return [] }
    return [
      .init("attributes", .array(attributes.map(\.json))), .init("adjustments", .array(steps.map(\.json))),
      .init("key", key.map { .string($0) } ?? .null),
    ] + (quantiles.map { [.init("quantiles", .strings($0))] } ?? [])
      + (probabilities.map { [.init("probabilities", $0.json)] } ?? [])
      + (query.map { [.init("query", .string($0))] } ?? [])
  }

  static let keys: Set<String> = ["attributes", "adjustments", "key", "quantiles", "query", "probabilities"]

  /// - Parameter width: the number of scores per row; nil if the model does not give one label per row.
  /// - Throws: `invalidModel` for JSON that is not a decision of this library.
  init(decision json: JSONValue?, width: Int?) throws {
    guard let steps = json?["adjustments"]?.array, !steps.isEmpty else { return }
    guard let width else { throw Failure.invalidModel("its decision adjusts scores that it does not have") }
    attributes = try (json?["attributes"]?.array ?? []).map { try AdjustedAttribute(json: $0) }
    let groups = attributes.map(\.groups.count)
    self.steps = try steps.map { try Adjustment(json: $0, groups: groups, width: width) }
    guard zip(self.steps, self.steps.dropFirst()).allSatisfy({ $1.stage.mayFollow($0.stage) }) else {
      throw Failure.invalidModel("the adjustments of its decision are not in their order")
    }
    key = json?["key"]?.string
    query = json?["query"]?.string
    if let names = json?["quantiles"]?.array {
      quantiles = names.compactMap(\.string)
      guard names.count == 2, quantiles?.count == 2 else {
        throw Failure.invalidModel("its decision does not name two columns of quantiles")
      }
    }
    if let listed = json?["probabilities"] { probabilities = try GroupColumns(recorded: listed) }
    for case .blended(let own) in self.steps.map(\.change) {
      guard own.thresholds.count == probabilities?.columns.count else {
        throw Failure.invalidModel("its decision does not name a column of probabilities for each threshold")
      }
    }
    for case .sets(let own) in self.steps.map(\.change) {
      guard (own.kind == .quantiles) == (quantiles != nil) else {
        throw Failure.invalidModel(
          "its decision has intervals of quantiles without their columns, or the reverse")
      }
    }
  }
}

/// A sensitive attribute with the groups that occurred when the adjustments were learnt.
package struct AdjustedAttribute: Equatable, Sendable {
  /// The columns whose groups are intersected.
  package let columns: [SensitiveColumn]
  /// In the order of the groups' codes.
  package let groups: [String]
  /// Whether rows of other groups are rejected.
  package let refusesUnknown: Bool

  package init(columns: [SensitiveColumn], groups: [String], refusesUnknown: Bool) {
    (self.columns, self.groups, self.refusesUnknown) = (columns, groups, refusesUnknown)
  }

  package var reference: AttributeReference { AttributeReference(columns.map(\.name)) }

  var json: JSONValue {
    [
      "columns": .array(columns.map(\.encoded)), "groups": .strings(groups),
      "unknown_group": (refusesUnknown ? UnknownGroup.refuse : .pooled).encoded,
    ]
  }

  init(json: JSONValue) throws {
    do {
      columns = try [SensitiveColumn].decoded(json["columns"] ?? .null, at: "/columns")
      groups = try [String].decoded(json["groups"] ?? .null, at: "/groups")
      refusesUnknown =
        try UnknownGroup.decoded(json["unknown_group"] ?? .null, at: "/unknown_group") == .refuse
    } catch let failure as Failure {
      throw Failure.invalidModel("an attribute of its decision is malformed: \(failure.message)")
    }
    guard !columns.isEmpty, Set(groups).count == groups.count else {
      throw Failure.invalidModel("an attribute of its decision has no columns, or a group twice")
    }
  }
}
