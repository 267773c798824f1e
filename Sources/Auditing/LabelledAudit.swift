import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

extension AuditConfig {
  /// The audit of tags: every word is a row with several classes; the section "tokens" reports entities.
  ///
  /// - Parameter model: nil: the "prediction" in "data" is a column of tags.
  func auditOfWords(
    _ model: Model?, on dataset: Dataset, _ data: DataConfig, _ learner: any GroupLearner
  ) throws -> JSONValue {
    guard let label = data.label else {
      throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
    }
    let predicted: (codes: Buffer<Int32>, names: [String])
    let gold: Tags
    let words: TextWords
    if let model {
      let inputs = try model.inputs(of: dataset, data: data)
      guard let tagged = inputs.tagged else {
        throw Failure.invalidConfig(
          "the model does not tag words, only whole texts", at: "/task")
      }
      words = tagged.words
      gold = try Tags(dataset, label, words: words, known: model.classLabels)
      let outputs = try model.scores(inputs, task: model.task, .logits)
      let width = try model.scorer.scoring(for: model.task).width
      predicted = (try Model.bestClasses(outputs, width: width), model.classLabels)
    } else {
      guard let name = data.prediction else {
        throw Failure.invalidConfig(
          "without a model, \"prediction\" names the column of another system's tags", at: "/data/prediction")
      }
      words = try TextWords(splitting: TextModel.texts(dataset, label))
      gold = try Tags(dataset, label, words: words)
      let tags = try Tags(dataset, name, words: words)
      predicted = (tags.codes, tags.names)
    }
    let tagged = try TaggedWords(dataset, data, gold: gold, rowOfWord: words.rowOfWord)
    var own = self
    own.task = .multiclass
    own.data = tagged.meaning(data)
    own.analyses.tokens = tagged.tokens(label: label)
    let strangers = (gold.names + predicted.names).filter { !gold.names.contains($0) }
    return try audited(
      nil, on: tagged.adding(predicted.codes, predicted.names), own, classes: gold.names + strangers,
      learner)
  }

  /// The audit of several labels: each row is counted once for each label; the section "multilabel" has an
  /// audit of each label.
  func auditOfLabels(
    _ model: Model, on dataset: Dataset, _ data: DataConfig, _ learner: any GroupLearner
  ) throws -> JSONValue {
    let labels = data.labels.isEmpty ? model.classLabels : data.labels
    guard model.answer == .labels, labels.count == model.classLabels.count else {
      throw Failure.invalidConfig(
        "\(labels.count) labels are named and the model has \(model.answer == .labels ? model.classLabels.count : 1)",
        at: "/data/labels")
    }
    var data = data
    data.labels = labels
    let inputs = try model.inputs(of: dataset, data: data)
    let scores = try model.scores(inputs, task: nil)
    let labelled = try LabelledRows(
      dataset, data, .labels, choice: .multilabel, known: nil, classes: [])
    var own = self
    own.task = .binary
    own.threshold = threshold ?? model.threshold
    own.data = labelled.data
    own.data?.score = "score of several"
    let units = try Dataset(
      labelled.units.columns + [Column(name: "score of several", values: .float32(scores))])
    let report = try audited(nil, on: units, own, learner)
    let (scored, section) = try Model.adding(scores, of: labels, to: dataset)
    var rows = try AnalysisRows(
      scored, data.withoutLexicons, by: selection.by, labels: nil, model: nil, decided: nil,
      threshold: own.threshold ?? 0.5)
    rows.selection = selection
    var notes = SectionNotes("multilabel")
    return report.adding("multilabel", try section.section(rows, &notes))
      .adding("notes", .array((report["notes"]?.array ?? []) + notes.notes.map { .string($0) }))
  }
}

extension Model {
  /// A copy of the dataset with one more column for the scores of each label, (rows, labels), and the
  /// configuration of their audit.
  package static func adding(_ scores: Buffer<Float>, of labels: [String], to dataset: Dataset) throws -> (
    Dataset, MultilabelConfig
  ) {
    var section = MultilabelConfig()
    section.labels = labels
    var columns = dataset.columns
    for (place, label) in labels.enumerated() {
      var name = "score of \(label)"
      while dataset.contains(name) { name += "_" }
      section.scores.append(name)
      let values = try Buffer<Float>(count: dataset.rows, for: "scores")
      for row in 0..<dataset.rows { values.pointer[row] = scores.pointer[row * labels.count + place] }
      columns.append(try Column(name: name, values: .float32(values)))
    }
    return (try Dataset(columns), section)
  }
}
