import Configurations
import Fairness
import Platform

/// What changes a model's scores and decisions, and how the groups and keys of rows are read for it.
package struct ModelAdjustments: Equatable, Sendable {
  /// By whose groups steps tell rows apart.
  package var attributes: [AdjustedAttribute] = []
  package var steps: [Adjustment] = []
  /// The column of keys by which rows are drawn; nil: the values of the columns that the model reads.
  package var key: String?

  package init() {}

  package var isEmpty: Bool { steps.isEmpty }

  // MARK: Record

  /// The members of a record's decision, beside its threshold.
  var members: [JSONValue.Member] {
    guard !isEmpty else { return [] }
    return [
      .init("attributes", .array(attributes.map(\.json))), .init("adjustments", .array(steps.map(\.json))),
      .init("key", key.map { .string($0) } ?? .null),
    ]
  }

  static let keys: Set<String> = ["attributes", "adjustments", "key"]

  /// - Parameter width: scores a row of a model of one label a row; nil: there is none.
  /// - Throws: `invalidModel` for what no model was saved with.
  init(decision json: JSONValue?, width: Int?) throws {
    guard let steps = json?["adjustments"]?.array, !steps.isEmpty else { return }
    guard let width else { throw Failure.invalidModel("its decision adjusts scores that it has not") }
    attributes = try (json?["attributes"]?.array ?? []).map { try AdjustedAttribute(json: $0) }
    let groups = attributes.map(\.groups.count)
    self.steps = try steps.map { try Adjustment(json: $0, groups: groups, width: width) }
    guard self.steps.dropLast().allSatisfy({ !$0.decides }) else {
      throw Failure.invalidModel("something follows the adjustment of its decision that decides")
    }
    key = json?["key"]?.string
  }
}

/// A sensitive attribute whose groups were met when decisions were adjusted.
package struct AdjustedAttribute: Equatable, Sendable {
  /// The columns whose groups are intersected.
  package let columns: [SensitiveColumn]
  /// In the order of their numbers.
  package let groups: [String]
  /// Whether a row of another group is an error.
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
