import Datasets
import Engine
import Platform
import Tokenizers

extension TextModel {
  /// The tokens of a dataset's texts with the terms of one group of people swapped for those of the next
  /// (Garg et al. 2019); a text without any stays as it is.
  ///
  /// - Throws: `invalidConfig` at the objective when it has no terms, or none occurs in any text.
  func counterfactualRows(
    of dataset: Dataset, _ config: FineTuneConfig, _ entry: FairnessConfig, graph: Graph, at pointer: String
  ) throws -> TokenRows {
    var groups = TermGroups(entry.terms)
    if let path = entry.termsFile { groups.groups += try TermGroups.read(path: path).groups }
    guard !groups.groups.isEmpty else {
      throw Failure.invalidConfig(
        "counterfactual on texts swaps terms, and none are given; \"terms\" or \"terms_file\" has groups of them",
        at: pointer + "/terms")
    }
    let swapping: TermSwapping
    do {
      swapping = try TermSwapping(groups)
    } catch let failure as Failure {
      throw Failure.invalidConfig(failure.message, at: pointer + "/terms")
    }
    var changed = 0
    func swapped(_ name: String) throws -> Column {
      let texts = try Self.texts(dataset, name)
      var memory = try TermMemory()
      return try Column(
        name: name,
        texts: (0..<dataset.rows).map { row in
          let counterfactual = try swapping.counterfactual(texts.string(row), &memory)
          if !counterfactual.changes.isEmpty { changed += 1 }
          return counterfactual.text
        })
    }
    let switched = try Dataset(rows: dataset.rows)
    for name in [config.data.text, config.data.textPair].compactMap({ $0 }) {
      try switched.add(swapped(name))
    }
    guard changed > 0 else {
      throw Failure.invalidConfig(
        "none of the terms occurs in a text, so that swapping them changes nothing", at: pointer + "/terms")
    }
    return try rows(of: switched, config.data, graph: graph, isTraining: true)
  }
}
