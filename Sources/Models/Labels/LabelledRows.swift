import Configurations
import Datasets
import Fairness
import Platform

/// The unit of analysis of labels: a row; a word of its text; or a row and one of several labels.
package enum UnitOfAnalysis {
  case rows, words, labels
}

/// The labels of a dataset, and their units of analysis.
package struct LabelledRows {
  package let unit: UnitOfAnalysis
  /// A dataset with one row per unit of analysis, for audits.
  package let units: Dataset
  /// The meaning of the columns of `units`.
  package let data: DataConfig
  package let labels: Labels
  /// The targets of training: `labels`; with several labels, one for each label of the dataset's rows.
  package let targets: [Labels]
  /// The rows of `targets`.
  package let learnt: Dataset
  package let tagged: TaggedWords?

  /// - Parameters:
  ///   - known: the task of the model; nil, with no classes: the task is derived from the dataset.
  /// - Throws: the errors of `Labels`.
  package init(
    _ dataset: Dataset, _ data: DataConfig, _ unit: UnitOfAnalysis, choice: TaskChoice, known: Fairness.Task?,
    classes: [String]
  ) throws {
    self.unit = unit
    switch unit {
    case .rows:
      labels = try Labels(dataset, data, choice: choice, known: known, classes: classes)
      (units, learnt, self.data, targets, tagged) = (dataset, dataset, data, [labels], nil)
    case .words:
      guard let name = data.label else {
        throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
      }
      let words = try data.text.map { try TextWords(splitting: TextModel.texts(dataset, $0)) }
      let tags = try Tags(dataset, name, words: words, known: classes)
      let spoken = try words ?? TextWords(splitting: TextModel.texts(dataset, name))
      let tagged = try TaggedWords(dataset, data, gold: tags, rowOfWord: spoken.rowOfWord)
      labels = Labels(classes: tags.codes, named: tags.names)
      (units, learnt, self.data, targets) = (tagged.dataset, tagged.dataset, tagged.meaning(data), [labels])
      self.tagged = tagged
    case .labels:
      let targets = try Self.each(dataset, data)
      let count = targets.count
      var meaning = data.withoutLexicons
      meaning.label = Self.labelColumn
      meaning.positive = nil
      let rows = (0..<dataset.rows * count).map { $0 / count }
      let names = Set(data.sensitive.map(\.name) + [data.weight].compactMap { $0 }).sorted()
      let units = try dataset.selecting(columns: names).selecting(rows: rows)
      let columns = try targets.map { try $0.values() }
      let label = try Column(
        name: Self.labelColumn,
        integers: rows.indices.map { Int64(columns[$0 % count].pointer[$0 / count]) })
      try units.add(label)
      labels = try Labels(units, meaning, choice: .binary, known: .binary, classes: ["0", "1"])
      (self.units, learnt, self.data, self.targets, tagged) = (units, dataset, meaning, targets, nil)
    }
  }

  /// The label column of rows with several labels; its name does not occur in practice.
  private static let labelColumn = "label of several"

  private static func each(_ dataset: Dataset, _ data: DataConfig) throws -> [Labels] {
    guard data.labels.count > 1, Set(data.labels).count == data.labels.count else {
      throw Failure.invalidConfig(
        "several labels are needed, two columns or more, each once", at: "/data/labels")
    }
    return try data.labels.map { name in
      var own = data
      own.label = name
      return try Labels(dataset, own, choice: .binary, known: .binary, classes: [])
    }
  }

  /// The task of a model trained on these labels; nil for several labels.
  package var task: Fairness.Task? { unit == .labels ? nil : labels.task }
  package func classes(_ data: DataConfig) -> [String] { unit == .labels ? data.labels : labels.classes }
}

extension TextWords {
  /// The index of each word's text.
  package var rowOfWord: [Int] {
    (0..<texts).flatMap { text in repeatElement(text, count: words(text).count) }
  }
}

extension Labels {
  /// Labels from class codes that were read elsewhere.
  package convenience init(classes codes: Buffer<Int32>, named names: [String]) {
    self.init(
      task: .multiclass(classes: names.count), .wideClasses(codes), rows: codes.count, classes: names)
  }
}

extension LabelledRows {
  /// The entities in predicted tags of the words.
  package func entities(_ predicted: Buffer<Int32>) throws -> TokenLabels {
    guard let tagged else { throw Failure.internal("entities of no words") }
    let names = labels.classes
    let sentences = try tagged.dataset.column(tagged.sentence).numbers().array.map { Int32($0) }
    let gold = try labels.values().array.map { names[Int($0)] }
    return TokenLabels(
      sentences: sentences, gold: gold, predicted: predicted.array.map { names[Int($0)] },
      codes: [Int32](repeating: -1, count: gold.count), groupCount: 0)
  }
}
