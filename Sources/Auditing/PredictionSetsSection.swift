import Datasets
import Fairness
import Models
import Platform

/// How often sets of classes, or intervals of values, have the true one, and how large they are.
private struct SetCounts {
  let covered: [Bool]
  /// The number of classes in the set, or the width of the interval.
  let sizes: [Double]
  let isOfClasses: Bool
  let weights: [Double]?

  /// - Returns: the members of a group's entry, and its coverage and mean size; nil without weight.
  func measured(_ members: some Collection<Int>) -> (coverage: Double?, json: [JSONValue.Member]) {
    var (all, inside, size, empty, single) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for row in members {
      let weight = weights?[row] ?? 1
      all += weight
      if covered[row] { inside += weight }
      size += weight * sizes[row]
      if sizes[row] == 0 { empty += weight }
      if sizes[row] == 1 { single += weight }
    }
    func share(_ sum: Double) -> JSONValue { all > 0 ? .finite(sum / all) : .null }
    var json: [JSONValue.Member] = [.init("rows", .integer(members.count)), .init("coverage", share(inside))]
    if isOfClasses {
      json += [
        .init("mean_size", share(size)), .init("empty", share(empty)), .init("single", share(single)),
      ]
    } else {
      json.append(.init("mean_width", share(size)))
    }
    return (all > 0 ? inside / all : nil, json)
  }
}

extension Evaluation {
  /// Adds to the result how often a model's prediction sets have the true class or value, by group; nothing for a model
  /// without them, and without labels.
  ///
  /// - Parameter scores: the model's scores after its adjustments.
  func addCoverage(of model: Model, _ scores: Buffer<Float>, _ dataset: Dataset, to result: inout AuditResult)
    throws
  {
    guard hasLabels, let asked = model.predictionSets, let sets = try model.sets(scores, of: dataset) else {
      return
    }
    let counts = try counted(sets)
    let attributes = try analysed().map { grouping -> JSONValue in
      var members = [[Int]](repeating: [], count: grouping.names.count)
      for (row, code) in grouping.codes.enumerated() where members.indices.contains(Int(code)) {
        members[Int(code)].append(row)
      }
      let shown = zip(grouping.names, members).filter { $0.1.count >= max(options.minimumCount, 1) }
      let found = shown.map { counts.measured($0.1) }
      let values = found.compactMap(\.coverage)
      let gap = values.count > 1 ? (values.max() ?? 0) - (values.min() ?? 0) : nil
      return [
        "attribute": .string(grouping.attribute),
        "groups": .array(zip(shown, found).map { .object([.init("group", .string($0.0))] + $1.json) }),
        "coverage_difference": gap.map { .finite($0) } ?? .null,
      ]
    }
    result.sections.append(
      .init(
        "prediction_sets",
        .object(
          [
            .init("kind", .string(asked.kind.rawValue)), .init("coverage_asked", .number(asked.coverage)),
          ] + counts.measured(0..<rows).json + [.init("attributes", .array(attributes))])))
  }

  private func counted(_ sets: RowSets) throws -> SetCounts {
    let weights = weights?.array
    switch sets {
    case .classes(let members, let count):
      let classes = try labels.classNumbers()
      func isMember(_ row: Int, _ label: Int) -> Bool {
        label >= 0 && label < count && members.pointer[row * count + label] == 1
      }
      return SetCounts(
        covered: (0..<rows).map { isMember($0, Int(classes.pointer[$0])) },
        sizes: (0..<rows).map { row in Double((0..<count).count { isMember(row, $0) }) }, isOfClasses: true,
        weights: weights)
    case .intervals(let lower, let upper):
      let truth = try labels.doubles()
      return SetCounts(
        covered: (0..<rows).map {
          lower.pointer[$0] <= truth.pointer[$0] && truth.pointer[$0] <= upper.pointer[$0]
        },
        sizes: (0..<rows).map { upper.pointer[$0] - lower.pointer[$0] }, isOfClasses: false,
        weights: weights)
    }
  }
}
