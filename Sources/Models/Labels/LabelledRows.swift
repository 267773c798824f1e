import Configurations
import Datasets
import Fairness
import Platform

/// What labels are of: the rows; the words of their texts; or the rows once for each of several labels.
package enum LabelledThing {
  case rows, words, labels
}

/// The labels of a dataset, and the things that they are of.
package struct LabelledRows {
  package let thing: LabelledThing
  /// A row for each thing, as an audit sees it.
  package let things: Dataset
  /// What the columns of `things` mean.
  package let data: DataConfig
  package let labels: Labels
  /// What training learns from: `labels`; of several labels each one alone, of the dataset's rows.
  package let targets: [Labels]
  /// What `targets` are of.
  package let learnt: Dataset
  package let tagged: TaggedWords?

  /// - Parameters:
  ///   - known: what the model's labels are; nil, and no classes: they are read from the dataset.
  /// - Throws: as `Labels`.
  package init(
    _ dataset: Dataset, _ data: DataConfig, _ thing: LabelledThing, choice: TaskChoice, known: Fairness.Task?,
    classes: [String]
  ) throws {
    self.thing = thing
    switch thing {
    case .rows:
      labels = try Labels(dataset, data, choice: choice, known: known, classes: classes)
      (things, learnt, self.data, targets, tagged) = (dataset, dataset, data, [labels], nil)
    case .words:
      guard let name = data.label else {
        throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
      }
      let words = try data.text.map { try TextWords(splitting: TextModel.texts(dataset, $0)) }
      let tags = try Tags(dataset, name, words: words, known: classes)
      let spoken = try words ?? TextWords(splitting: TextModel.texts(dataset, name))
      let tagged = try TaggedWords(dataset, data, gold: tags, rowOfWord: spoken.rowOfWord)
      labels = Labels(classes: tags.codes, named: tags.names)
      (things, learnt, self.data, targets) = (tagged.dataset, tagged.dataset, tagged.meaning(data), [labels])
      self.tagged = tagged
    case .labels:
      let targets = try Self.each(dataset, data)
      let count = targets.count
      var meaning = data.withoutLexicons
      meaning.label = Self.labelColumn
      meaning.positive = nil
      let rows = (0..<dataset.rows * count).map { $0 / count }
      let names = Set(data.sensitive.map(\.name) + [data.weight].compactMap { $0 }).sorted()
      let things = try dataset.selecting(columns: names).selecting(rows: rows)
      let columns = try targets.map { try $0.values() }
      let label = try Column(
        name: Self.labelColumn,
        integers: rows.indices.map { Int64(columns[$0 % count].pointer[$0 / count]) })
      try things.add(label)
      labels = try Labels(things, meaning, choice: .binary, known: .binary, classes: ["0", "1"])
      (self.things, learnt, self.data, self.targets, tagged) = (things, dataset, meaning, targets, nil)
    }
  }

  /// Of several labels: no column of a dataset, whose names have no control characters in practice.
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

  /// What a model that learns from these is for; nil: several labels.
  package var task: Fairness.Task? { thing == .labels ? nil : labels.task }
  package func classes(_ data: DataConfig) -> [String] { thing == .labels ? data.labels : labels.classes }
}

extension TextWords {
  /// The text that each word is of.
  package var rowOfWord: [Int] {
    (0..<texts).flatMap { text in repeatElement(text, count: words(text).count) }
  }
}

extension Labels {
  /// Classes that were read elsewhere.
  package convenience init(classes codes: Buffer<Int32>, named names: [String]) {
    self.init(
      task: .multiclass(classes: names.count), .wideClasses(codes), rows: codes.count, classes: names)
  }
}

extension LabelledRows {
  /// The entities in tags that were predicted for the words.
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
