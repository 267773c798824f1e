import Configurations
import Datasets
import Engine
import Platform
import Tokenizers

extension TextModel {
  /// The tokens of a dataset's texts, in which the terms of one group of people are replaced by those of
  /// another (Garg et al. 2019); a text without terms is unchanged.
  ///
  /// - Throws: `invalidConfig` at the objective if it has no terms, or none of them occurs in any text.
  func counterfactualRows(
    of dataset: Dataset, _ data: DataConfig, _ entry: FairnessConfig, graph: Graph, seed: Int,
    at pointer: String
  ) throws -> TokenRows {
    let swapping = try TermSwapping(entry.terms, file: entry.termsFile, at: pointer)
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "terms")
    let steps: [TermSwapping.Step] = (0..<dataset.rows).map { _ in
      entry.swap == .random ? .drawn(random.next()) : .further(1)
    }
    let texts = try CounterfactualTexts(of: dataset, data, swapping, steps)
    guard texts.changed.contains(true) else {
      throw Failure.invalidConfig(
        "none of the terms occurs in a text, so that swapping them changes nothing", at: pointer + "/terms")
    }
    let switched = try Dataset(rows: dataset.rows)
    for column in texts.columns { try switched.add(column) }
    return try rows(of: switched, data, graph: graph, isTraining: true)
  }

  /// Counterfactual data augmentation (Lu et al. 2020, "Gender Bias in Neural Natural Language Processing"):
  /// adds one or more copies of each row whose text contains a term, with the terms swapped and all other
  /// columns unchanged.
  ///
  /// - Throws: `invalidConfig` if none of the terms occurs in any text.
  package static func augmented(_ dataset: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int)
    throws
    -> Dataset
  {
    let swapping = try TermSwapping(augment.terms, file: augment.termsFile, at: "/train/augment")
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "augmented terms")
    var parts = [dataset]
    for _ in 0..<augment.copies {
      let steps = (0..<dataset.rows).map { _ in TermSwapping.Step.drawn(random.next()) }
      let texts = try CounterfactualTexts(of: dataset, data, swapping, steps)
      let rows = texts.changed.indices.filter { texts.changed[$0] }
      guard !rows.isEmpty else {
        throw Failure.invalidConfig(
          "none of the terms occurs in a text, so that swapping them adds nothing", at: "/train/augment/terms"
        )
      }
      let copy = try Dataset(rows: dataset.rows)
      for column in dataset.columns {
        try copy.add(texts.columns.first { $0.name == column.name } ?? column)
      }
      parts.append(try copy.selecting(rows: rows))
    }
    return try Dataset.concatenating(parts)
  }
}

extension TermSwapping {
  /// - Throws: `invalidConfig` at "terms" if there are none, or they are not groups.
  init(_ terms: [[String]], file: String?, at pointer: String) throws {
    var groups = TermGroups(terms)
    if let file { try FileBounds.require(file, at: pointer + "/terms_file") }
    if let file { groups.groups += try TermGroups.read(path: file).groups }
    guard !groups.groups.isEmpty else {
      throw Failure.invalidConfig(
        "there are no terms to swap; \"terms\" or \"terms_file\" gives groups of them",
        at: pointer + "/terms")
    }
    do {
      try self.init(groups)
    } catch let failure as Failure {
      throw Failure.invalidConfig(failure.message, at: pointer + "/terms")
    }
  }
}

/// The text columns with swapped terms.
private struct CounterfactualTexts {
  private(set) var columns: [Column] = []
  /// For each row, whether any of its texts contains a term.
  private(set) var changed: [Bool]

  /// - Parameter steps: one for each row; both texts of a pair use the same step.
  init(of dataset: Dataset, _ data: DataConfig, _ swapping: TermSwapping, _ steps: [TermSwapping.Step]) throws
  {
    changed = Array(repeating: false, count: dataset.rows)
    var memory = try TermMemory()
    for name in [data.text, data.textPair].compactMap({ $0 }) {
      let texts = try TextModel.texts(dataset, name)
      var swapped: [String] = []
      for (row, step) in steps.enumerated() {
        let counterfactual = try swapping.counterfactual(texts.string(row), step: step, &memory)
        if !counterfactual.changes.isEmpty { changed[row] = true }
        swapped.append(counterfactual.text)
      }
      columns.append(try Column(name: name, texts: swapped))
    }
  }
}
