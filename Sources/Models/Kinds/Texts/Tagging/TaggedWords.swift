import Configurations
import Datasets
import Platform

/// A dataset with one row for each word of another dataset's texts. A word has the columns of its text, so
/// that metrics of rows are metrics of words.
package struct TaggedWords {
  /// The columns of the configuration, the true tags under the label's name, and the sentence number.
  package let dataset: Dataset
  package let sentence: String

  /// The column of predicted tags, added by `adding`.
  package let prediction: String

  /// - Throws: `invalidData` for a missing column.
  package init(_ rows: Dataset, _ data: DataConfig, gold: Tags?, rowOfWord: [Int]) throws {
    var taken = Set(rows.names + [data.label].compactMap { $0 })
    func unused(_ name: String) -> String {
      var name = name
      while !taken.insert(name).inserted { name += "_" }
      return name
    }
    (sentence, prediction) = (unused("sentence"), unused("predicted"))
    dataset = try Dataset(rows: rowOfWord.count)
    try dataset.add(Column(name: sentence, integers: rowOfWord.map { Int64($0) }))
    if let gold, let label = data.label {
      try dataset.add(Self.column(label, gold.codes, gold.names))
    }
    for name in data.sensitive.map(\.name) + [data.weight].compactMap({ $0 }) where !dataset.contains(name) {
      try dataset.add(rows.column(name).selecting(rows: rowOfWord))
    }
  }

  /// The words with their predicted tags.
  package func adding(_ codes: Buffer<Int32>, _ names: [String]) throws -> Dataset {
    try Dataset(dataset.columns + [Self.column(prediction, codes, names)])
  }

  private static func column(_ name: String, _ codes: Buffer<Int32>, _ names: [String]) throws -> Column {
    try Column(name: name, texts: codes.array.map { names.indices.contains(Int($0)) ? names[Int($0)] : nil })
  }

  /// The meaning of the columns, for an audit of the words.
  package func meaning(_ data: DataConfig) -> DataConfig {
    var meaning = DataConfig()
    (meaning.label, meaning.weight, meaning.prediction) = (data.label, data.weight, prediction)
    meaning.sensitive = data.withoutLexicons.sensitive
    return meaning
  }

  /// The configuration of the section on entities.
  package func tokens(label: String) -> TokensConfig {
    var config = TokensConfig()
    (config.sentence, config.gold, config.predicted) = (sentence, label, prediction)
    return config
  }
}
