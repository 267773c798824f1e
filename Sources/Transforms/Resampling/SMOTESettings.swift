import Datasets
import Neighbours
import Platform

/// The keys and the algorithm shared by steps that create rows between neighbours.
struct SMOTESettings {
  var sampling = Sampling()
  var neighbours = 5
  var columns: [String] = []
  var scaled = true

  static func fields<Step>(_ path: WritableKeyPath<Step, SMOTESettings>) -> [ConfigField<Step>] {
    Sampling.fields(path.appending(path: \.sampling), ratio: Sampling.overRatio) + [
      ConfigField(
        "neighbours", path.appending(path: \.neighbours), in: 1...1000,
        "The number of nearest neighbours of a row."),
      ConfigField(
        "columns", path.appending(path: \.columns), "The columns that are synthesized. Default: all inputs."),
      ConfigField(
        "scaled", path.appending(path: \.scaled),
        "Whether numbers are divided by their standard deviations in distances; otherwise they are used "
          + "unchanged."),
    ]
  }

  /// The types of the inputs.
  enum Inputs {
    case numbers
    case mixed([String])
    case categories
  }

  /// The inputs, which must be numeric.
  ///
  /// - Throws: `invalidConfig` for other inputs; the message names the step for these.
  func numberColumns(_ rows: TransformRows, _ work: StepWork) throws -> [Column] {
    let chosen = try rows.columns(columns, at: work.pointer)
    if let column = chosen.first(where: { !$0.isNumeric }) {
      throw work.invalid(
        "",
        "\"\(column.name)\" holds \(column.values.typeName), between which no value can be interpolated; smote_nc takes numbers "
          + "and categories, smote_n only categories")
    }
    return chosen
  }

  /// Adds rows until each part has its share; returns the report.
  func add(to rows: inout TransformRows, _ inputs: Inputs, _ work: inout StepWork) throws -> JSONValue {
    let strata = try sampling.strata(rows, work)
    let lacking = sampling.lacking(strata, &work)
    let members = strata.rows
    let space: FeatureSpace
    var isMixed = false
    switch inputs {
    case .numbers:
      space = try FeatureSpace(numberColumns(rows, work), options: .init(scaled: scaled), work)
    case .mixed(let categorical):
      let chosen = try rows.columns(columns, at: work.pointer)
      let smallest = lacking.indices.filter { lacking[$0] > 0 }.min { members[$0].count < members[$1].count }
      space = try FeatureSpace(
        chosen, options: .init(categorical: categorical, scaled: scaled),
        reference: smallest.map { members[$0] }, work)
      guard !space.numbers.isEmpty else {
        throw work.invalid("", "no input is a number; smote_n takes only categories")
      }
      isMixed = true
    case .categories:
      space = try FeatureSpace(
        rows.columns(columns, at: work.pointer), valueDifferences: strata, work)
      isMixed = true
    }
    var synthetic = SyntheticRows()
    var copies: [Int] = []
    for (part, own) in members.enumerated() where lacking[part] > 0 {
      try HostCall.check()
      guard own.count > 1 else {
        work.note("part \"\(strata.names[part])\" has one row, which has no neighbour: it is copied")
        copies += [Int](repeating: own[0], count: lacking[part])
        continue
      }
      let k = Self.within(own.count - 1, neighbours, strata.names[part], &work)
      let found = try space.encoded(own).nearestOfEach(k)
      for _ in 0..<lacking[part] {
        let base = work.random.below(own.count)
        let near = base * k..<base * k + k
        let other = own[Int(found[near.lowerBound + work.random.below(k)])]
        let voters =
          isMixed ? near.map { own[Int(found[$0])] } + (space.numbers.isEmpty ? [own[base]] : []) : []
        try synthetic.add(from: own[base], to: other, share: work.random.uniform(), voters: voters)
      }
    }
    let learnt = strata.learnt(added: lacking)
    try rows.append(like: synthetic.bases, columns: synthetic.columns(space, &work))
    try rows.repeatRows(copies)
    return learnt
  }

  /// The number of neighbours, limited to the number of other rows.
  static func within(_ others: Int, _ asked: Int, _ part: String, _ work: inout StepWork) -> Int {
    if others < asked {
      work.note(
        "part \"\(part)\" has \(others + 1) rows, so that a row has \(others) neighbours, not \(asked)")
    }
    return min(others, asked)
  }
}
