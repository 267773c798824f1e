import Datasets
import Engine
import Fairness
import Formats
import Platform

extension Model {
  /// Scores of every row of a dataset, (rows, scoreCount); of a model that tags, (words, classes).
  func scores(_ inputs: NetworkInputs, task: Fairness.Task?, logits: Bool = false) throws -> Buffer<Float> {
    let (network, predictor) = try requireNetwork()
    let scoring = Scoring(network: network, task: task)
    let width = logits ? network.graph.outputWidth : scoring.count
    if inputs.tagged != nil {
      let outputs = try inputs.outputs(predictor, outside: outside)
      if !logits { scoring.write(outputs.pointer, rows: outputs.count / max(width, 1), to: outputs.pointer) }
      return outputs
    }
    let result = try Buffer<Float>(count: inputs.rows * width, for: "scores")
    try predictor.run(rows: inputs.rows, lengths: inputs.tokens?.lengths.pointer, fill: inputs.fill) {
      range, outputs in
      if logits {
        (result.pointer + range.lowerBound * width).update(from: outputs, count: range.count * width)
      } else {
        scoring.write(outputs, rows: range.count, to: result.pointer + range.lowerBound * width)
      }
    }
    guard let tokens = inputs.tokens else { return result }
    if text?.measuresLikelihood == true { return try tokens.likelihoods(result) }
    return try tokens.combined(result, areShares: !logits && scoring.kind == .classes)
  }

  /// Predicts every row: the column `embedding` for a text encoder without a head; tags for a model of words; else
  /// `score`, or `score_<class>` for several classes, and `label` (of several labels `label_<name>`) for
  /// classification.
  ///
  /// - Throws: `invalidData` when the dataset lacks what the model reads.
  public func predict(_ dataset: Dataset, _ options: PredictOptions = PredictOptions()) throws -> Dataset {
    try requireServing()
    let (network, _) = try requireNetwork()
    try Memory.requireRoom(forRows: dataset.rows, for: "predicting rows")
    if tagsWords { return try tag(dataset, options) }
    _ = try unseenCategories(in: dataset, options.unseen)
    let inputs = try NetworkInputs(dataset, for: self, include: options.include, data: textData(options))
    let scoring = Scoring(network: network, task: task)
    let result = try Dataset(rows: dataset.rows)
    for name in options.keep { try result.add(dataset.column(name)) }

    let scores = try scores(inputs, task: task)
    if let text, text.embeds {
      try result.add(text.embeddingColumn(scores, rows: dataset.rows))
      return result
    }
    let shown = options.output == .logit ? try self.scores(inputs, task: task, logits: true) : scores
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
    case .positive:
      let rule = DecisionRule(threshold: options.threshold ?? threshold)
      try result.add(labelColumn(rows: dataset.rows) { rule.isPositive(scores.pointer[$0]) ? 1 : 0 })
    case .classes:
      try result.add(
        labelColumn(rows: dataset.rows) { DecisionRule.likeliest(scores.pointer + $0 * width, width) })
    case .independent where hasSeveralLabels:
      let rule = DecisionRule(threshold: options.threshold ?? threshold)
      for (column, name) in classLabels.enumerated() where column < width {
        let decisions = (0..<dataset.rows).map {
          Int64(rule.isPositive(scores.pointer[$0 * width + column]) ? 1 : 0)
        }
        try result.add(Column(name: "label_\(name)", integers: decisions))
      }
    case .independent, .values: break
    }
    return result
  }

  /// What texts are and how they are read: as the options say, else as the model remembers.
  func textData(_ options: PredictOptions) -> DataConfig? {
    guard let longTexts = options.longTexts else { return options.data ?? data }
    var meaning = options.data ?? data ?? DataConfig()
    meaning.longTexts = longTexts
    return meaning
  }

  /// The place of the largest of each line's scores, (lines, width).
  static func bestClasses(_ scores: Buffer<Float>, width: Int) throws -> Buffer<Int32> {
    let lines = scores.count / max(width, 1)
    let result = try Buffer<Int32>(count: lines, for: "decisions")
    for line in 0..<lines {
      result.pointer[line] = Int32(DecisionRule.likeliest(scores.pointer + line * width, width))
    }
    return result
  }

  /// The labels of predicted classes: as integers if they all are, else as text.
  private func labelColumn(rows: Int, _ predicted: (Int) -> Int) throws -> Column {
    let integers = classLabels.map { Int64($0) }
    if classLabels.isEmpty || integers.allSatisfy({ $0 != nil }) {
      let values = try Buffer<Int64>(count: rows, for: "labels")
      for row in 0..<rows {
        let index = predicted(row)
        values.pointer[row] =
          integers.indices.contains(index) ? integers[index] ?? Int64(index) : Int64(index)
      }
      return try Column(name: "label", values: .int64(values))
    }
    return try Column(
      name: "label",
      texts: (0..<rows).map { row in
        let index = predicted(row)
        return classLabels.indices.contains(index) ? classLabels[index] : String(index)
      })
  }
}
