import Datasets
import Platform

/// Optimized pre-processing (Calmon et al. 2017): changes inputs and labels at random, with the probabilities of
/// `OptimizedMapping`. Training rows get new inputs and labels; other rows get new inputs, with the probabilities
/// P(x' | d, x), in which labels are averaged out.
public struct OptimizedPreprocessing: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var bins = 4
  var discrimination = 0.05
  var distortion = 0.5
  var labelCost = 1.0
  var seed = 0

  public init() {}

  public static let name = "optimized_preprocessing"
  public static let summary =
    "Changes inputs and labels at random so that all groups have nearly the same label shares, every row is changed "
    + "little, and the distribution of inputs and labels changes as little as possible (Calmon et al. 2017)."
  public static let fields: [ConfigField<OptimizedPreprocessing>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField(
      "columns", \.columns,
      "The columns that may change. Their combinations of values are the cells of a linear program, of which there may "
        + "be a few dozen. Default: all inputs."),
    ConfigField(
      "bins", \.bins, in: 2...100,
      "The largest number of bins, of about the same number of rows, of a column of numbers. The bin's median replaces "
        + "the number."),
    ConfigField(
      "discrimination", \.discrimination, in: 0...10,
      "By which factor, at most 1 plus or minus this number, the share of a label in a group may differ from its share "
        + "among all rows."),
    ConfigField(
      "distortion", \.distortion, in: 0...1e6,
      "The largest expected cost of the changes of a row: 1 for another category, 1 for each bin, and \"label_cost\" for "
        + "another label."),
    ConfigField("label_cost", \.labelCost, in: 0...1e6, "The cost of another label."),
    ConfigField("seed", \.seed, in: 0...Int.max, "The seed of the changes of other rows."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try rows.groups(attributes, at: work.pointer)
    guard Strata(groups).counts.filter({ $0 > 0 }).count > 1 else {
      throw work.invalid("attributes", "all rows are of one group; two or more are needed")
    }
    let chosen = try rows.columns(columns, at: work.pointer)
    guard !chosen.isEmpty else { throw work.invalid("columns", "there is no input to change") }
    let grid = try CellGrid(chosen, bins: bins)
    let codes = try grid.codes(chosen)
    var places: [[Int]: Int] = [:]
    var cells: [[Int]] = []
    let own = (0..<rows.count).map { row -> Int in
      let cell = codes.map { $0[row] }
      if let known = places[cell] { return known }
      places[cell] = cells.count
      cells.append(cell)
      return cells.count - 1
    }
    func source(_ row: Int) -> OptimizedMapping.Source? {
      let group = Int(groups.codes.pointer[row])
      return group < 0
        ? nil
        : OptimizedMapping.Source(group: group, cell: own[row], label: Int(labels.codes.pointer[row]))
    }
    var weights: [OptimizedMapping.Source: Double] = [:]
    for row in 0..<rows.count where rows.weight(row) > 0 {
      if let source = source(row) { weights[source, default: 0] += rows.weight(row) }
    }
    let mapping: OptimizedMapping
    do {
      mapping = try OptimizedMapping(
        weights, cells: cells.count, labels: labels.names.count, discrimination: discrimination,
        distortion: distortion
      ) { source, target in
        grid.cost(cells[source.cell], cells[target.cell]) + (source.label == target.label ? 0 : labelCost)
      }
    } catch let failure as Failure where failure.kind == .unsupported {
      throw work.invalid("columns", failure.message)
    }
    guard mapping.violation < 1e-6 else {
      throw work.invalid(
        "distortion",
        "\(distortion) does not allow changes that bring all groups' label shares within \(discrimination); the closest "
          + "ones miss it by \(mapping.violation); a larger \"distortion\" or \"discrimination\" is accepted")
    }
    let fitted = MappedCells(
      attributes: rows.named(attributes), groups: groups.names, grid: grid, cells: cells, mapping,
      weights: weights, labels: labels.names.count, seed: UInt64(seed))
    let index = Dictionary(
      uniqueKeysWithValues: mapping.sources.enumerated().map { ($0.element, $0.offset) })
    var changed = codes
    var relabelled: [(row: Int, label: Int32)] = []
    for row in 0..<rows.count {
      guard let source = source(row), let place = index[source] else { continue }
      let target = MappedCells.drawn(mapping.probabilities[place], work.random.uniform())
      for (part, code) in cells[target / labels.names.count].enumerated() { changed[part][row] = code }
      let label = target % labels.names.count
      if label != source.label { relabelled.append((row, Int32(label))) }
    }
    try rows.replace(grid.columns(like: chosen, changed))
    try rows.relabel(relabelled)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try MappedCells(from: &reader)
  }
}
