import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

/// Rows on which models are measured.
struct RowsJudge {
  let rows: Int
  private let goals: SearchGoals
  private let dataset: Dataset
  private let meaning: SearchMeaning
  private let evaluation: Evaluation
  /// Whether gaps are those of rates of unweighted rows.
  private let countsRows: Bool
  let labels: Labels

  init(_ dataset: Dataset, _ meaning: SearchMeaning, _ goals: SearchGoals) throws {
    let (rows, data, labels) = try meaning.read(dataset)
    self.dataset = rows
    self.rows = rows.rows
    self.goals = goals
    self.meaning = meaning
    self.labels = labels
    countsRows = data.weight == nil && meaning.task != .regression
    evaluation = try Evaluation(rows, data, goals.selection(countsRows: countsRows), labels: labels)
  }

  /// Measures a model on all rows.
  func measure(_ model: Model) throws -> Measurement {
    goals.measure(try evaluation.audit(Self.decided(model, dataset, meaning)), countsRows: countsRows)
  }

  /// Measures the decisions of several models, each on its part of the rows, one after another.
  func measure(_ parts: [DecidedRows]) throws -> Measurement {
    let width = rows > 0 ? parts.reduce(0) { $0 + $1.scores.count } / rows : 1
    let scores = try Buffer<Float>(count: rows * width, for: "scores")
    let decisions = try Buffer<Int32>(count: rows, for: "decisions")
    var (place, row) = (0, 0)
    for part in parts {
      guard place + part.scores.count <= scores.count else { break }
      (scores.pointer + place).update(from: part.scores.pointer, count: part.scores.count)
      place += part.scores.count
      if let own = part.decisions, row + own.count <= rows {
        (decisions.pointer + row).update(from: own.pointer, count: own.count)
        row += own.count
      }
    }
    return goals.measure(
      try evaluation.audit(DecidedRows(scores: scores, decisions: row > 0 ? decisions : nil)),
      countsRows: countsRows)
  }

  /// The scores and decisions of a model.
  ///
  /// - Throws: `invalidData` if the model's classes are not those of the search.
  static func decided(_ model: Model, _ dataset: Dataset, _ meaning: SearchMeaning) throws -> DecidedRows {
    let task = meaning.task
    guard task == .regression || model.classLabels == meaning.classes else {
      throw Failure.invalidData(
        "a candidate learnt the classes \(NameList.joined(model.classLabels)), and the rows have "
          + "\(NameList.joined(meaning.classes)); more rows of each class, or fewer \"folds\", are accepted",
        at: meaning.data.label ?? "")
    }
    let scores = try model.scores(
      model.inputs(of: dataset, include: meaning.data.include, data: meaning.data), task: task)
    return try model.decided(scores, of: dataset, task: task)
  }

  /// The number of rows of each group of an attribute, and of each class in it.
  func counts(of attribute: AttributeReference) throws -> [(name: String, rows: Int, byClass: [Int])] {
    let groups = try SensitiveAttributes(dataset, meaning.read(dataset).data.sensitive).dense(
      attribute, rows: rows, at: "/fairness")
    var found = groups.names.map {
      (name: $0, rows: 0, byClass: [Int](repeating: 0, count: max(meaning.classes.count, 1)))
    }
    let classes = meaning.task == .regression ? nil : try labels.classNumbers()
    for row in 0..<rows {
      let group = Int(groups.codes.pointer[row])
      guard found.indices.contains(group) else { continue }
      found[group].rows += 1
      let own = classes.map { Int($0.pointer[row]) } ?? 0
      if found[group].byClass.indices.contains(own) { found[group].byClass[own] += 1 }
    }
    return found
  }
}
