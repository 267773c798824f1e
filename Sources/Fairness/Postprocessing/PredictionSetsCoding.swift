import Platform

extension PredictionSets: RecordedChange {
  static let method = "conformal"

  var members: [JSONValue.Member] {
    [
      .init("kind", .string(kind.rawValue)), .init("coverage", .number(coverage)),
      .init("pooled", .number(pooled)), .init("groups", .groups(groups) { .number($0) }),
    ]
  }

  init(_ record: AdjustmentRecord) throws {
    guard let kind = (record.json["kind"]?.string).flatMap(Kind.init), kind.isOfClasses || record.width == 1
    else { throw record.broken("kind") }
    self.init(
      kind, coverage: try record.proportion("coverage"), pooled: try record.finite("pooled"),
      groups: try record.groups { try AdjustmentRecord.finite($0, "groups") })
  }
}
