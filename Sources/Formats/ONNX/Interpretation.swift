import Engine
import Platform

/// A whole file as one node. Files that the engine's operators cannot express are interpreted, row by row or
/// many rows at once. Such a network has no gradient and cannot be tuned.
public struct Interpretation: Operator {
  public static let kind = "Interpretation"
  /// The reason why the engine does not run the file itself.
  public let reason: String
  private let interpreter: ONNXInterpreter
  private let ports: [ONNXFile.Port]
  private let output: String
  /// The number of rows per run if the file fixes it; nil: any number.
  private let fixedRows: Int?
  private var shapes: [[Int]] = []
  private var width = 1

  init(_ file: ONNXFile, output: String, because reason: String) throws {
    var file = file
    file.outputs = file.outputs.filter { $0.name == output }
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
  }

  /// Runs the file on a row of zeros to find the shape of its output.
  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, ports.count...ports.count)
    shapes = operands.map(\.shape.dimensions)
    let zeros = try operands.map { try Buffer<Float>(count: 2 * $0.shape.count) }
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
    return try Shape(Array(one.dimensions.dropFirst()))
  }

  public var attributes: [JSONValue.Member] { [.init("reason", .string(reason))] }
  /// Each row is computed from itself only; exporters write such networks.
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  /// The amount of work per row; it is high, because interpretation is slow.
  public var work: Int { 1 << 24 }
  public var sharing: Sharing { .none }

  private func evaluate(_ inputs: [UnsafePointer<Float>], rows: Int) throws -> ONNXArray {
    var arrays: [String: ONNXArray] = [:]
    for (index, port) in ports.enumerated() {
      let element = ONNXArray.Element(rawValue: port.element) ?? .float32
      arrays[port.name] = try ONNXArray([rows] + shapes[index], element) { Double(inputs[index][$0]) }
    }
    guard let result = try interpreter.run(arrays).first else { throw Failure.internal("no output") }
    return result
  }

  // inputs (rows, their widths) → output (rows, width)
  public func forward(_ run: Execution) throws {
    let most = fixedRows ?? run.rows
    var row = 0
    while row < run.rows {
      let count = min(most, run.rows - row)
      do {
        try compute(run, row..<row + count)
      } catch let failure as Failure where failure.kind == .invalidModel || failure.kind == .invalidData {
        // The rows are run one by one to find the first that fails.
        if count > 1 { for index in row..<row + count { try one(run, index) } }
        throw RowFailure(row: count == 1 ? run.firstRow + row : nil, failure.message)
      }
      row += count
    }
  }

  private func one(_ run: Execution, _ row: Int) throws {
    do {
      try compute(run, row..<row + 1)
    } catch let failure as Failure where failure.kind == .invalidModel || failure.kind == .invalidData {
      throw RowFailure(row: run.firstRow + row, failure.message)
    }
  }

  private func compute(_ run: Execution, _ rows: Range<Int>) throws {
    let inputs = ports.indices.map { run.input($0) + rows.lowerBound * shapes[$0].reduce(1, *) }
    let result = try evaluate(inputs, rows: rows.count)
    guard result.count == rows.count * width, result.strings == nil else {
      throw Failure.invalidData(
        "the file gives an output of shape \(result.dimensions) for \(rows.count) rows; (\(rows.count), \(width)) was expected"
      )
    }
    let target = run.output + rows.lowerBound * width
    for index in 0..<result.count { target[index] = Float(result[index]) }
  }

  public func backward(_ run: Execution) {}
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
  /// The reason why the network is interpreted and therefore cannot be tuned; nil if it is not interpreted.
  public var interpretedBecause: String? {
    graph.nodes.lazy.compactMap { ($0.operation as? Interpretation)?.reason }.first
  }
}
