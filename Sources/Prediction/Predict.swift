import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Models
import Platform

extension Model {
  /// The rows of a dataset as inputs of the model's network (`InputReader.inputs`).
  package func inputs(of dataset: Dataset, include: [String] = [], data: DataConfig? = nil) throws
    -> NetworkInputs
  {
    try reader.inputs(of: dataset, include: include, data: data)
  }

  /// The scores of every row, (rows, scoreCount); for a tagging model, (words, classes).
  package func scores(_ inputs: NetworkInputs, task: Fairness.Task?, _ form: ScoreForm = .scores) throws
    -> Buffer<Float>
  {
    try scorer.scores(of: inputs, for: task, form, outside: outside)
  }

  /// Predicts every row. Output columns: `embedding` for a text encoder without a head; tags for a model of
  /// words; otherwise `score`, or `score_<class>` for more than two classes, and for classification `label`
  /// (`label_<name>` for several labels); for a model with prediction sets, `set_<class>`, or `lower` and `upper`;
  /// for a model that ranks, `rank`.
  ///
  /// - Throws: `invalidData` if the dataset lacks a column that the model reads.
  public func predict(_ dataset: Dataset, _ options: PredictOptions = PredictOptions()) throws -> Dataset {
    try requireServing()
    let scoring = try scorer.scoring(for: task)
    try Memory.requireRoom(forRows: dataset.rows, for: "predicting rows")
    if answer == .words {
      guard options.layer == nil else {
        throw Failure.unsupported("a model that tags words has no vector for each row", at: "/layer")
      }
      return try tag(dataset, options)
    }
    _ = try unseenCategories(in: dataset, options.unseen)
    let inputs = try inputs(of: dataset, include: options.include, data: textData(options))
    let result = try Dataset(rows: dataset.rows)
    for name in options.keep { try result.add(dataset.column(name)) }
    if let layer = options.layer { try result.add(layerColumn(layer, inputs)) }

    let raw = try scores(inputs, task: task)
    if answer == .vectors {
      try result.add(reader.requireTexts().text.embeddingColumn(raw, rows: dataset.rows))
      return result
    }
    let isOfLabels = scoring.kind == .independent
    let decided = try isOfLabels ? nil : decided(raw, of: dataset, task: task, threshold: options.threshold)
    let scores = decided?.scores ?? raw
    let shown = options.output == .logit ? try self.scores(inputs, task: task, .logits) : scores
    let width = options.output == .logit ? scoring.width : scoring.count
    for column in 0..<width {
      let values = try Buffer<Float>(count: dataset.rows, for: "scores")
      for row in 0..<dataset.rows { values.pointer[row] = shown.pointer[row * width + column] }
      let name =
        width == 1
        ? options.output.rawValue
        : "\(options.output.rawValue)_\(classLabels.indices.contains(column) ? classLabels[column] : String(column))"
      try result.add(Column(name: name, values: .float32(values)))
    }
    switch scoring.kind {
    case .positive, .classes:
      if let labels = decided?.decisions {
        try result.add(labelColumn(rows: dataset.rows) { Int(labels.pointer[$0]) })
      }
    case .independent where answer == .labels:
      let rule = options.threshold.map({ DecisionRule(threshold: $0) }) ?? decision
      for (column, name) in classLabels.enumerated() where column < width {
        let decisions = (0..<dataset.rows).map {
          Int64(rule.isPositive(scores.pointer[$0 * width + column]) ? 1 : 0)
        }
        try result.add(Column(name: "label_\(name)", integers: decisions))
      }
    case .independent, .values: break
    }
    if let decided {
      try addSets(to: result, decided.scores, of: dataset)
      if let ranks = try ranks(decided.scores, of: dataset) {
        try result.add(Column(name: "rank", values: .int64(ranks)))
      }
    }
    return result
  }

  /// Adds the columns of the sets or intervals, if the model has them.
  private func addSets(to result: Dataset, _ scores: Buffer<Float>, of dataset: Dataset) throws {
    switch try sets(scores, of: dataset) {
    case .classes(let members, let count)?:
      for place in 0..<count {
        let name = classLabels.indices.contains(place) ? classLabels[place] : String(place)
        let own = (0..<dataset.rows).map { Int64(members.pointer[$0 * count + place]) }
        try result.add(Column(name: "set_\(name)", integers: own))
      }
    case .intervals(let lower, let upper)?:
      try result.add(Column(name: "lower", values: .float64(lower)))
      try result.add(Column(name: "upper", values: .float64(upper)))
    case nil: break
    }
  }

  /// The text columns and how they are read: from the options, otherwise from the model's record.
  func textData(_ options: PredictOptions) -> DataConfig? {
    guard let longTexts = options.longTexts else { return options.data ?? data }
    var meaning = options.data ?? data ?? DataConfig()
    meaning.longTexts = longTexts
    return meaning
  }

  /// The index of the largest score of each row, (rows, width).
  package static func bestClasses(_ scores: Buffer<Float>, width: Int) throws -> Buffer<Int32> {
    let lines = scores.count / max(width, 1)
    let result = try Buffer<Int32>(count: lines, for: "decisions")
    for line in 0..<lines {
      result.pointer[line] = Int32(DecisionRule.likeliest(scores.pointer + line * width, width))
    }
    return result
  }

  /// A column of the predicted classes' labels: integers if all labels are integers, otherwise text. A row without an
  /// answer (a negative class) has a missing value.
  private func labelColumn(rows: Int, _ predicted: (Int) -> Int) throws -> Column {
    let integers = classLabels.map { Int64($0) }
    if classLabels.isEmpty || integers.allSatisfy({ $0 != nil }) {
      let values = try Buffer<Int64>(count: rows, for: "labels")
      for row in 0..<rows {
        let index = predicted(row)
        values.pointer[row] =
          integers.indices.contains(index) ? integers[index] ?? Int64(index) : Int64(max(index, 0))
      }
      let isAnswered = (0..<rows).map { predicted($0) >= 0 }
      return try Column(
        name: "label", values: .int64(values),
        validity: isAnswered.contains(false) ? Column.bitmap(of: isAnswered) : nil)
    }
    return try Column(
      name: "label",
      texts: (0..<rows).map { row -> String? in
        let index = predicted(row)
        guard index >= 0 else { return nil }
        return classLabels.indices.contains(index) ? classLabels[index] : String(index)
      })
  }
}
