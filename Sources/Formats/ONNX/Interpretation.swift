import Engine
import Platform

/// A whole file, or the part before its model, as one node. Files that the engine's operators cannot express are interpreted, row by row or many rows
/// at once. Its operands are the file's inputs and then those initializers that a gradient reaches, which can be tuned.
public struct Interpretation: Operator {
  public static let kind = "Interpretation"
  /// The reason why the engine does not run the file itself.
  public let reason: String
  private let interpreter: ONNXInterpreter
  private let ports: [ONNXFile.Port]
  /// The name of its value in the file.
  let output: String
  /// Whether it only prepares columns for a model that the engine computes.
  let isPreparation: Bool
  /// Whether the file has its value as float32.
  private(set) var givesFloats = true
  /// For each input of texts, the text of each code.
  private let texts: [String: [String]]
  /// The number of rows per run if the file fixes it; nil: any number.
  private let fixedRows: Int?
  private let weights: InterpretedWeights
  private var shapes: [[Int]] = []
  private var outputShape: [Int] = []
  private var width = 1
  /// The number of rows in a run of training, whose values are all kept for backward.
  private static let trainingRows = 64

  /// - Parameter texts: for each input of texts, those that the file tells apart; see `ONNXVocabularies`.
  init(
    _ file: ONNXFile, output: String, because reason: String, texts: [String: [String]] = [:],
    isPreparation: Bool = false
  ) throws {
    var file = file
    self.isPreparation = isPreparation
    self.texts = texts
    file.outputs = [
      file.outputs.first { $0.name == output } ?? ONNXFile.Port(name: output, element: 1, dimensions: nil)
    ]
    file.keepOnlyWhatOutputsNeed()
    interpreter = try ONNXInterpreter(file)
    guard interpreter.unknownOperators.isEmpty else {
      throw Failure.unsupported(
        "\(interpreter.unknownOperators.joined(separator: ", ")) are not supported")
    }
    ports = file.inputs
    self.output = output
    self.reason = reason
    fixedRows = ports.compactMap { $0.dimensions?.first ?? nil }.first
    if let fixedRows, fixedRows != 1 {
      throw Failure.unsupported("the file takes \(fixedRows) rows at once; one, or any number, is supported")
    }
    // Not 0, at which some functions have no derivative.
    let row = try ports.map { port in
      let dimensions = [1] + (port.dimensions ?? []).dropFirst().map { $0 ?? 1 }
      return (port.name, try Self.array(port, dimensions, texts) { _ in 0.5 })
    }
    weights =
      isPreparation
      ? InterpretedWeights()
      : try InterpretedWeights(file, interpreter, inputs: Dictionary(row) { first, _ in first })
  }

  /// The initializers that follow the inputs among the operands.
  func weightTensors() throws -> [Tensor] {
    try weights.all.map { try Tensor(name: $0.name, shape: Shape($0.tensor.dimensions), values: $0.values) }
  }

  /// Why the weights have no gradient; nil if they have one, or if there are none.
  var gradientProblem: String? { weights.problem }

  /// Runs the file on a row of zeros to find the shape of its output.
  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    let count = ports.count + weights.all.count
    try requireCount(operands, count...count)
    shapes = operands.prefix(ports.count).map(\.shape.dimensions)
    let zeros = try operands.prefix(ports.count).map { try Buffer<Float>(count: 2 * $0.shape.count) }
    let pointers = zeros.map { UnsafePointer($0.pointer) }
    let one = try withExtendedLifetime(zeros) { try evaluate(pointers, rows: 1) }
    guard one.strings == nil, one.dimensions.first == 1 else {
      throw Failure.unsupported("its output of shape \(one.dimensions) has no dimension for the rows")
    }
    if fixedRows == nil {
      let two = try withExtendedLifetime(zeros) { try evaluate(pointers, rows: 2) }
      guard two.dimensions == [2] + one.dimensions.dropFirst() else {
        throw Failure.unsupported("two rows give an output of shape \(two.dimensions)")
      }
    }
    width = one.count
    givesFloats = one.element == .float32
    outputShape = Array(one.dimensions.dropFirst())
    return try Shape(outputShape)
  }

  public var attributes: [JSONValue.Member] { [.init("reason", .string(reason))] }
  /// Each row is computed from itself only; exporters write such networks.
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  /// The amount of work per row; it is high, because interpretation is slow.
  public var work: Int { 1 << 24 }
  public var sharing: Sharing { .none }

  /// What a workspace stores between runs.
  private final class State {
    let isTraining: Bool
    /// Weights that differ from the file's, converted once for all predictions.
    var weights: [String: ONNXArray]?
    /// The rows and the tape of each run of the last forward.
    var runs: [(rows: Range<Int>, tape: ONNXTape)] = []

    init(isTraining: Bool) { self.isTraining = isTraining }
  }

  public func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject? {
    State(isTraining: isTraining)
  }

  /// No text of a file.
  private static let unlisted = "\u{0}"

  /// An input's numbers in the type that the file takes; texts are given by their codes.
  private static func array(
    _ port: ONNXFile.Port, _ dimensions: [Int], _ texts: [String: [String]], _ value: (Int) -> Double
  ) throws -> ONNXArray {
    let element = ONNXArray.Element(rawValue: port.element) ?? .float32
    guard element == .string else { return try ONNXArray(dimensions, element, value) }
    let known = texts[port.name] ?? []
    var result = try ONNXArray([0], .string)
    result.dimensions = dimensions
    result.strings = try (0..<Shape(dimensions).count).map { index in
      let code = Int(clamping: ONNXArray.Element.whole(value(index)))
      return known.indices.contains(code) ? known[code] : unlisted
    }
    return result
  }

  private func evaluate(
    _ inputs: [UnsafePointer<Float>], rows: Int, weights: [String: ONNXArray] = [:], tape: ONNXTape? = nil
  ) throws -> ONNXArray {
    var arrays = weights
    for (index, port) in ports.enumerated() {
      arrays[port.name] = try Self.array(port, [rows] + shapes[index], texts) { Double(inputs[index][$0]) }
    }
    guard let result = try interpreter.run(arrays, recording: tape).first else {
      throw Failure.internal("no output")
    }
    return result
  }

  /// The weights of a run that differ from the file's.
  private func changedWeights(_ run: Execution, _ state: State?) throws -> [String: ONNXArray] {
    if let known = state?.weights { return known }
    var changed: [String: ONNXArray] = [:]
    for (index, weight) in weights.all.enumerated() {
      let numbers = run.input(ports.count + index)
      if numbers != UnsafePointer(weight.values.pointer) { changed[weight.name] = try weight.array(numbers) }
    }
    if let state, !state.isTraining { state.weights = changed }
    return changed
  }

  // inputs (rows, their widths) → output (rows, width)
  public func forward(_ run: Execution) throws {
    let state = run.state(as: State.self)
    state?.runs = []
    let changed = try changedWeights(run, state)
    let records = run.isTraining && state?.isTraining == true
    let most = fixedRows ?? (records ? Self.trainingRows : run.rows)
    var row = 0
    while row < run.rows {
      let rows = row..<min(row + most, run.rows)
      let tape = records ? ONNXTape(wanted: Set(weights.all.map(\.name))) : nil
      do {
        try compute(run, rows, changed, tape)
      } catch let failure as Failure where failure.kind == .invalidModel || failure.kind == .invalidData {
        // The rows are run one by one to find the first that fails.
        if rows.count > 1 { for index in rows { try one(run, index, changed) } }
        throw RowFailure(row: rows.count == 1 ? run.firstRow + row : nil, failure.message)
      }
      if let tape { state?.runs.append((rows, tape)) }
      row = rows.upperBound
    }
  }

  private func one(_ run: Execution, _ row: Int, _ weights: [String: ONNXArray]) throws {
    do {
      try compute(run, row..<row + 1, weights, nil)
    } catch let failure as Failure where failure.kind == .invalidModel || failure.kind == .invalidData {
      throw RowFailure(row: run.firstRow + row, failure.message)
    }
  }

  private func compute(
    _ run: Execution, _ rows: Range<Int>, _ weights: [String: ONNXArray], _ tape: ONNXTape?
  ) throws {
    let inputs = ports.indices.map { run.input($0) + rows.lowerBound * shapes[$0].reduce(1, *) }
    let result = try evaluate(inputs, rows: rows.count, weights: weights, tape: tape)
    guard result.count == rows.count * width, result.strings == nil else {
      throw Failure.invalidData(
        "the file gives an output of shape \(result.dimensions) for \(rows.count) rows; (\(rows.count), \(width)) was expected"
      )
    }
    let target = run.output + rows.lowerBound * width
    for index in 0..<result.count { target[index] = Float(result[index]) }
  }

  // ∂output (rows, width) → the gradients of the weights, summed over the rows
  public func backward(_ run: Execution) throws {
    for index in weights.all.indices where !run.accumulates(ports.count + index) {
      run.inputGradient(ports.count + index)?.update(repeating: 0, count: weights.all[index].values.count)
    }
    for (rows, tape) in run.state(as: State.self)?.runs ?? [] {
      let given = run.outputGradient + rows.lowerBound * width
      let seed = try ONNXArray.precise([rows.count] + outputShape) { Double(given[$0]) }
      let gradients = try tape.gradients([output: seed])
      for (index, weight) in weights.all.enumerated() {
        guard let gradient = gradients[weight.name], let target = run.inputGradient(ports.count + index)
        else { continue }
        for place in 0..<min(gradient.count, weight.values.count) { target[place] += Float(gradient[place]) }
      }
    }
  }
}

extension ONNXFile {
  /// Removes nodes that the outputs do not need: labels are found by operators on texts, and are not used.
  fileprivate mutating func keepOnlyWhatOutputsNeed() {
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    var wanted = Set<Int>()
    var waiting = outputs.map(\.name)
    while let name = waiting.popLast() {
      if let index = producers[name], wanted.insert(index).inserted { waiting += nodes[index].needs }
    }
    nodes = nodes.indices.filter(wanted.contains).map { nodes[$0] }
  }
}

extension Network {
  private var interpretation: Interpretation? {
    graph.nodes.lazy.compactMap { $0.operation as? Interpretation }.first
  }

  /// Whether a part of the network is interpreted from its file, which therefore must be kept.
  public var needsItsFile: Bool { interpretation != nil }

  /// The reason why the whole network is interpreted; nil if the engine computes it, at least behind a preparation of
  /// columns.
  public var interpretedBecause: String? {
    interpretation.flatMap { $0.isPreparation ? nil : $0.reason }
  }

  /// Why tuning cannot change the network: it is interpreted, and no gradient reaches a weight; nil if one does.
  public var untunableBecause: String? {
    guard let interpretation, !trainable.contains(true) else { return nil }
    return interpretation.gradientProblem ?? interpretation.reason
  }
}
