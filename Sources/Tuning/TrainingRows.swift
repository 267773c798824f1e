import Auditing
import Configurations
import Datasets
import Engine
import EngineKernels
import Fairness
import Formats
import Models
import Platform

/// The training rows, encoded once, with all data that a batch needs.
struct TrainingRows {
  private(set) var inputs: NetworkInputs
  /// A single target, or one for each label.
  private(set) var targets: [Target]
  /// For labels of words: the token of each word. Targets, weights and groups are then per word, not per row.
  let words: WordTokens?
  /// One for each fairness objective: the groups of its attribute.
  private(set) var groupings: [(codes: Buffer<Int32>, names: [String])]
  let counterfactuals: Counterfactuals?
  /// For texts: the same rows with swapped terms.
  let counterfactualTokens: TokenRows?
  /// Whether a batch also contains a switched copy of each row.
  var hasCounterfactuals: Bool { counterfactuals != nil || counterfactualTokens != nil }
  var rows: Int { inputs.rows }

  struct Target {
    /// The column of the label, if there are several.
    let name: String
    let labels: Labels
    let values: Buffer<Float>
    /// Row weights times class weights; nil: all are 1.
    let weights: Buffer<Float>?
  }

  /// The rows after the frozen part of the network: the outputs of `part.below` become the inputs.
  func computed(by part: FrozenPart) throws -> TrainingRows {
    let width = part.below.outputWidth
    let predictor = try Predictor(part.below, longestText: inputs.tokens?.longest ?? 0)
    var copy = self
    if let tokens = inputs.tokens, part.below.outputLines == .tokens {
      copy.inputs = try NetworkInputs(tokens: tokens.computed(by: predictor), tagged: inputs.tagged)
      return copy
    }
    let values = try Buffer<Float>(count: rows * width, for: "the frozen layers' outputs")
    try predictor.run(rows: rows, lengths: inputs.tokens?.lengths.pointer, fill: inputs.fill) {
      range, outputs in
      (values.pointer + range.lowerBound * width).update(from: outputs, count: range.count * width)
    }
    copy.inputs = NetworkInputs(values: values, rows: rows, graph: part.above)
    return copy
  }

  /// The maximum size of a batch with this number of rows.
  func capacity(_ batch: Int) -> Capacity {
    guard var capacity = inputs.tokens?.capacity(rows: batch) else {
      return Capacity(rows: hasCounterfactuals ? 2 * batch : batch)
    }
    if let switched = counterfactualTokens?.capacity(rows: batch) {
      capacity.rows += switched.rows
      capacity.tokens += switched.tokens
      capacity.longest = max(capacity.longest, switched.longest)
    }
    return capacity
  }

  /// The number of rows, starting at `first`, that fit into a trainer's memory.
  func passRows(from first: Int, atMost count: Int, _ capacity: Capacity) -> Int {
    guard let tokens = inputs.tokens else { return count }
    var (rows, sum) = (0, 0)
    while rows < count, first + rows < self.rows {
      sum += Int(tokens.lengths.pointer[first + rows])
      if rows > 0, sum > capacity.tokens { break }
      rows += 1
    }
    return max(rows, 1)
  }

  /// Whether every single row fits into a trainer's memory.
  func fit(_ capacity: Capacity) -> Bool {
    guard let tokens = inputs.tokens else { return true }
    return tokens.longest <= capacity.longest && tokens.longest <= capacity.tokens
  }

  /// The same rows with the group numbers of `other`; rows of groups that `other` does not have belong to no
  /// group.
  func renumbered(as other: TrainingRows) throws -> TrainingRows {
    var copy = self
    copy.groupings = try zip(groupings, other.groupings).map { own, known in
      let places = own.names.map { name in known.names.firstIndex(of: name).map(Int32.init) ?? -1 }
      let codes = try Buffer<Int32>(count: own.codes.count, for: "groups")
      for row in 0..<codes.count {
        let code = Int(own.codes.pointer[row])
        codes.pointer[row] = places.indices.contains(code) ? places[code] : -1
      }
      return (codes, known.names)
    }
    return copy
  }

  /// Writes some rows of a batch into the input blocks of a workspace. A batch has `count` rows; rows from
  /// `count` on are the switched copies.
  func gather(
    _ indices: UnsafePointer<Int64>, count: Int, lines: Range<Int>, seed: UInt64,
    _ inputs: [UnsafeMutablePointer<Float>]
  ) {
    if let switched = counterfactualTokens, let tokens = self.inputs.tokens {
      var token = 0
      for line in lines {
        (line < count ? tokens : switched).write(Int(indices[line % count]), inputs, at: &token)
      }
      return
    }
    guard let counterfactuals else {
      return self.inputs.gather(indices + lines.lowerBound, count: lines.count, inputs)
    }
    let width = self.inputs.width
    for (place, line) in lines.enumerated() {
      let row = Int(indices[line % count])
      let target = inputs[0] + place * width
      target.update(from: self.inputs.values.pointer + row * width, count: width)
      if line >= count {
        var random = RandomStream(seed: seed &+ UInt64(line))
        counterfactuals.apply(to: target, row: row, draw: random.next())
      }
    }
  }

  /// A part of the rows, in the given order. Only for rows of numbers, without switched copies.
  func selecting(_ places: [Int64]) throws -> TrainingRows {
    func selected<Element>(_ values: Buffer<Element>) throws -> Buffer<Element> {
      let part = try Buffer<Element>(count: places.count, for: "rows")
      for (place, row) in places.enumerated() { part.pointer[place] = values.pointer[Int(row)] }
      return part
    }
    var copy = self
    copy.inputs = try inputs.selecting(places)
    copy.targets = try targets.map {
      Target(
        name: $0.name, labels: $0.labels, values: try selected($0.values),
        weights: try $0.weights.map(selected))
    }
    copy.groupings = try groupings.map { (try selected($0.codes), $0.names) }
    return copy
  }

  /// The same rows with another single target.
  func replacing(target: Target) -> TrainingRows {
    var copy = self
    copy.targets = [target]
    return copy
  }

  /// The same rows with other inputs.
  func replacing(inputs: NetworkInputs) -> TrainingRows {
    var copy = self
    copy.inputs = inputs
    return copy
  }

  init(
    _ dataset: Dataset, _ goal: TrainingGoal, _ data: DataConfig, labelled: LabelledRows,
    inputs: NetworkInputs,
    reader: any ModelKind, counterfactuals needed: Bool = true
  ) throws {
    self.inputs = inputs
    words = inputs.tagged?.wordTokens
    targets = try labelled.targets.enumerated().map { index, labels in
      Target(
        name: data.labels.indices.contains(index) ? data.labels[index] : "", labels: labels,
        values: try labels.values(),
        weights: try Self.weights(labelled.learnt, goal.loss, weightColumn: data.weight, labels))
    }
    let sensitive = try SensitiveAttributes(labelled.learnt, data.sensitive)
    groupings = try goal.attributes.enumerated().map { index, attribute in
      try sensitive.dense(attribute, rows: labelled.learnt.rows, at: "/fairness/\(index)/attribute")
    }
    var counterfactuals: Counterfactuals?
    var counterfactualTokens: TokenRows?
    for (index, entry) in goal.fairness.enumerated() where needed && entry.objective == .counterfactual {
      guard counterfactuals == nil, counterfactualTokens == nil else {
        throw Failure.invalidConfig("one counterfactual objective is accepted", at: "/fairness/\(index)")
      }
      let rows = try reader.counterfactuals(
        entry, goal.attributes[index], dataset, inputs, data, seed: goal.seed, at: "/fairness/\(index)")
      switch rows {
      case .switches(let switches): counterfactuals = switches
      case .texts(let tokens): counterfactualTokens = tokens
      }
    }
    self.counterfactuals = counterfactuals
    self.counterfactualTokens = counterfactualTokens
  }

  private static func weights(_ dataset: Dataset, _ loss: LossConfig, weightColumn: String?, _ labels: Labels)
    throws -> Buffer<Float>?
  {
    let rowWeights = try Evaluation.weights(dataset, weightColumn)
    let byClass = loss.balanced || !loss.classWeights.entries.isEmpty
    guard rowWeights != nil || byClass else { return nil }
    let factors = byClass ? try classFactors(loss, labels, rowWeights) : []
    let values = try labels.values()
    let weights = try Buffer<Float>(count: dataset.rows, for: "weights")
    for row in 0..<dataset.rows {
      let factor = byClass ? factors[Int(values.pointer[row])] : 1
      weights.pointer[row] = Float((rowWeights?.pointer[row] ?? 1) * factor)
    }
    guard weights.elements.contains(where: { $0 > 0 }) else {
      throw Failure.invalidData("all weights are 0", at: weightColumn.map { "column \"\($0)\"" } ?? "")
    }
    return weights
  }

  /// The factor for the rows of each class.
  private static func classFactors(_ loss: LossConfig, _ labels: Labels, _ rowWeights: Buffer<Double>?) throws
    -> [Double]
  {
    guard labels.task != .regression else {
      throw Failure.invalidConfig("a regression has no classes to weigh", at: "/train/loss")
    }
    var factors = [Double](repeating: 1, count: labels.classes.count)
    for entry in loss.classWeights.entries {
      guard let place = labels.classes.firstIndex(of: entry.key) else {
        throw Failure.invalidConfig(
          "\"\(entry.key)\" is not a class\(Suggestion.phrase(for: entry.key, among: labels.classes))",
          at: "/train/loss/class_weights/\(entry.key)")
      }
      guard entry.value >= 0, entry.value.isFinite else {
        throw Failure.invalidConfig(
          "\(entry.value) is not a weight", at: "/train/loss/class_weights/\(entry.key)")
      }
      factors[place] = entry.value
    }
    guard loss.balanced else { return factors }
    let values = try labels.values()
    var counts = [Double](repeating: 0, count: factors.count)
    for row in 0..<labels.rows { counts[Int(values.pointer[row])] += rowWeights?.pointer[row] ?? 1 }
    let total = counts.reduce(0, +)
    let present = Double(counts.filter { $0 > 0 }.count)
    for place in factors.indices where counts[place] > 0 {
      factors[place] *= total / (present * counts[place])
    }
    return factors
  }
}

/// The labels, weights and groups of one batch, gathered from the rows or words; the memory is reused.
final class BatchMemory {
  private let labels: Buffer<Float>
  private let weights: Buffer<Float>?
  private let anchors: Buffer<Float>
  private let codes: [Buffer<Int32>]
  private(set) var groupings: [BatchGroups]

  /// - Parameter width: the width of the network's outputs.
  init(_ rows: TrainingRows, _ target: TrainingRows.Target, capacity: Int, width: Int) throws {
    anchors = try Buffer<Float>(count: capacity * width, for: "a batch")
    labels = try Buffer<Float>(count: capacity, for: "a batch")
    weights = target.weights == nil ? nil : try Buffer<Float>(count: capacity, for: "a batch")
    codes = try rows.groupings.map { _ in try Buffer<Int32>(count: capacity, for: "a batch") }
    groupings = zip(codes, rows.groupings).map { BatchGroups(codes: $0.pointer, count: $1.names.count) }
  }

  func batch(
    _ rows: TrainingRows, _ target: TrainingRows.Target, _ order: UnsafePointer<Int64>, count: Int,
    width: Int, outputs: UnsafePointer<Float>, anchors source: Buffer<Float>? = nil
  ) -> Batch {
    if let source { gather_rows(source.pointer, order, anchors.pointer, count, width) }
    for place in 0..<count { labels.pointer[place] = target.values.pointer[Int(order[place])] }
    if let weights, let source = target.weights {
      for place in 0..<count { weights.pointer[place] = source.pointer[Int(order[place])] }
    }
    for (target, grouping) in zip(codes, rows.groupings) {
      let (target, source) = (target.pointer, grouping.codes.pointer)
      for place in 0..<count { target[place] = source[Int(order[place])] }
    }
    return Batch(
      task: target.labels.task, rows: count, width: width, outputs: outputs, labels: labels.pointer,
      weights: weights.map { UnsafePointer($0.pointer) },
      anchors: source == nil ? nil : UnsafePointer(anchors.pointer))
  }
}
