import Configurations
import Datasets
import Fairness
import Platform

extension TokensConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    func tags(_ name: String) throws -> [String] {
      let categories = try rows.dataset.column(name).categories()
      return categories.codes.array.map { $0 < 0 ? "O" : categories.names[Int($0)] }
    }
    let sentences = try rows.dataset.column(sentence).categories().codes.array
    let (gold, predicted) = (try tags(gold), try tags(predicted))
    let groupings =
      rows.groupings.isEmpty
      ? [
        AnalysisRows.Grouping(
          attribute: "", names: [], codes: [Int32](repeating: 0, count: rows.rows))
      ] : rows.groupings
    var members: [JSONValue.Member] = []
    var attributes: [JSONValue] = []
    for (index, grouping) in groupings.enumerated() {
      let found = TokenLabels(
        sentences: sentences, gold: gold, predicted: predicted, codes: grouping.codes,
        groupCount: grouping.names.count)
      if index == 0 {
        members.append(.init("overall", .object(Self.describe(found.all, "all", &notes))))
        members.append(
          .init(
            "types",
            .array(
              found.types.map {
                .object([.init("type", .string($0.name))] + Self.describe($0.counts, $0.name, &notes))
              })))
      }
      guard !grouping.names.isEmpty else { continue }
      let groups = zip(grouping.names, found.groups).map { name, counts -> JSONValue in
        .object(
          [.init("group", .string(name))]
            + Self.describe(counts, "\(grouping.attribute) \"\(name)\"", &notes))
      }
      attributes.append([
        "attribute": .string(grouping.attribute), "groups": .array(groups),
        "precision": .object(
          notes.gaps(found.groups.map(\.precision), of: "\(grouping.attribute): precision")),
        "recall": .object(notes.gaps(found.groups.map(\.recall), of: "\(grouping.attribute): recall")),
        "f1": .object(notes.gaps(found.groups.map(\.f1), of: "\(grouping.attribute): f1")),
      ])
    }
    return .object(members + [.init("attributes", .array(attributes))])
  }

  private static func describe(_ counts: TokenLabels.Counts, _ place: String, _ notes: inout SectionNotes)
    -> [JSONValue.Member]
  {
    [
      .init("gold", .integer(counts.gold)), .init("predicted", .integer(counts.predicted)),
      .init("found", .integer(counts.found)),
    ]
      + notes.object(
        ["precision": counts.precision, "recall": counts.recall, "f1": counts.f1], of: place)
  }
}
