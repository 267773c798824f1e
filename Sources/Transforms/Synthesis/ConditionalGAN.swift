import Datasets
import Platform

/// Synthetic rows from a conditional tabular GAN (Xu, Skoularidou, Cuesta-Infante and Veeramachaneni 2019,
/// "Modeling tabular data using conditional GAN"): numbers are normalized by mode, the generator is trained on
/// conditions drawn by the logarithm of their frequency, and the critic judges packs of ten rows, here of the same
/// condition.
///
/// It learns from the rows of all parts except those held out. Label and group of a row, its cell, are one of
/// the columns that it generates. A synthetic row copies label, group and other columns from a row of its
/// part, and its values are generated on condition of that row's cell (`ConditionalRows`).
public struct ConditionalGAN: TransformStep {
  var sampling = Sampling()
  var columns: [String] = []
  var steps = 2000
  var batch = 500
  var hidden = 256
  var rate = 2e-4

  public init() {}

  public static let name = "conditional_gan"
  public static let summary =
    "Creates rows of small parts by a generator that learns from all rows (CTGAN; Xu et al. 2019)."
  public static let fields: [ConfigField<ConditionalGAN>] =
    Sampling.fields(\.sampling, ratio: Sampling.overRatio) + [
      ConfigField(
        "columns", \.columns, "The columns that are synthesized. Default: all inputs of numbers and texts."),
      ConfigField(
        "steps", \.steps, in: 1...1_000_000,
        "The number of steps of generator and critic. An epoch has as many steps as there are batches of rows."
      ),
      ConfigField(
        "batch", \.batch, in: 20...10_000, "The rows of a step, rounded down to a multiple of ten."),
      ConfigField("hidden", \.hidden, in: 2...1024, "The width of the two hidden layers of each network."),
      ConfigField("learning_rate", \.rate, in: 1e-9...1, "The learning rate of both networks."),
    ]

  /// How often rows of another cell are generated again.
  private static let tries = 20

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let synthetic = try SyntheticParts(rows, sampling, columns: columns, &work)
    guard !synthetic.parts.isEmpty else {
      return try synthetic.append(like: [], synthetic.columns.map { _ in [] }, to: &rows, &work)
    }
    var bases: [Int] = []
    for part in synthetic.parts {
      for _ in 0..<part.lacking { bases.append(part.learntFrom[work.random.below(part.learntFrom.count)]) }
    }
    let (cells, count) = try Self.cells(rows)
    let held = Set(synthetic.held)
    let learntFrom = (0..<rows.count).filter { !held.contains($0) }
    let code = try TableCode(synthetic.columns, rows: learntFrom, cells: count, &work)
    let values = try code.encoded(
      synthetic.columns, rows: learntFrom, cells: learntFrom.map { cells[$0] }, &work.random)
    let training = try AdversarialTraining(
      code, values, count: learntFrom.count,
      batch: batch / AdversarialTraining.pack * AdversarialTraining.pack,
      hidden: hidden, rate: rate, &work.random)
    let bins = try TableBins(synthetic.columns, rows: learntFrom)
    try Self.train(training, steps, bins, bases, cells, &work.random)
    var members = [[Int]](repeating: [], count: count)
    for row in learntFrom { members[cells[row]].append(row) }
    let generated = ConditionalRows(training: training, bins: bins, members: members, tries: Self.tries)
    let made = try generated.rows(of: bases.map { cells[$0] }, &work.random)
    if made.others > 0 {
      work.note(
        "the generator gave \(made.others) of \(bases.count) rows another label or group than asked for in "
          + "each of \(Self.tries) tries; more \"steps\" may help")
    }
    let columns = synthetic.columns.indices.map { column in made.values.map { $0[column] } }
    return try synthetic.append(
      like: bases, columns, to: &rows, &work,
      reporting: [.init("other_cells", .integer(made.others))])
  }

  /// Trains, and chooses the weights by the distance of pairs of columns from those of the rows like which rows are
  /// generated.
  private static func train(
    _ training: AdversarialTraining, _ steps: Int, _ bins: TableBins, _ bases: [Int], _ cells: [Int],
    _ random: inout RandomStream
  ) throws {
    var sample = bases
    random.shuffle(&sample)
    sample = Array(sample.prefix(PairDistance.mostRows))
    let distance = PairDistance(bins.codes(of: sample) + [sample.map { Int32(cells[$0]) }], &random)
    try training.train(steps: steps, &random) { random in
      var made: [(values: [SyntheticValue], cell: Int)] = []
      for start in stride(from: 0, to: sample.count, by: training.generator.rows) {
        let own = sample[start..<min(start + training.generator.rows, sample.count)]
        made += try training.generate(ofCells: own.map { cells[$0] }, &random)
      }
      return distance.distances(bins.codes(of: made.map(\.values)) + [made.map { Int32($0.cell) }])
        .reduce(0, +)
    }
  }

  /// The cell of each row: its label and its group by all attributes; and the number of cells.
  private static func cells(_ rows: TransformRows) throws -> (cells: [Int], count: Int) {
    var parts = rows.attributes
    if let labels = rows.labels {
      parts.append(GroupCodes(attribute: "label", names: labels.names, codes: labels.codes))
    }
    let all = try GroupCodes.intersection(parts)
    // Rows without a group are one more cell.
    let none = all.names.count
    let cells = all.codes.array.map { $0 < 0 ? none : Int($0) }
    return (cells, cells.contains(none) ? none + 1 : none)
  }
}
