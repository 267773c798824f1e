import Engine
import Platform

/// The initializers of an interpreted file that tuning can change.
struct InterpretedWeights {
  struct Weight {
    let name: String
    let tensor: ONNXTensor
    let values: Buffer<Float>

    /// These numbers with the initializer's shape and type.
    func array(_ numbers: UnsafePointer<Float>) throws -> ONNXArray {
      let element = tensor.element.flatMap(ONNXArray.Element.init) ?? .float32
      let result = try ONNXArray(tensor.dimensions, element)
      for index in 0..<min(result.numbers.count, values.count) {
        result.numbers.pointer[index] = Double(numbers[index])
      }
      return result
    }
  }

  private(set) var all: [Weight] = []
  /// Why no gradient reaches the weights; nil if one does, or if there are none.
  private(set) var problem: String?

  /// No weights.
  init() {}

  /// - Parameter inputs: one row, for which the graph's derivatives are tried.
  init(_ file: ONNXFile, _ interpreter: ONNXInterpreter, inputs: [String: ONNXArray]) throws {
    let listsOfOneAreWeights = ONNXProducer.of(file).listsOfOneAreWeights
    // Single numbers without a dimension are parts of formulas.
    let candidates = try file.initializers.filter { name, tensor in
      try !Self.isOfFormula(name, dimensions: tensor.dimensions, tensor.floats()?.array)
        && [nil, 1].contains(tensor.element)
        && tensor.integers == nil && tensor.strings == nil
        && !tensor.dimensions.isEmpty && tensor.count > (listsOfOneAreWeights ? 0 : 1)
    }
    guard !candidates.isEmpty else {
      problem = Self.choice(in: file)
      return
    }
    let names = Set(candidates.keys)
    let course = ONNXTape(wanted: names.union(inputs.keys))
    _ = try interpreter.run(inputs, recording: course)
    let scales = Self.scales(course.steps, inputs: inputs.mapValues(\.count), weights: names)
    let tape = ONNXTape(wanted: names.subtracting(scales))
    guard let port = file.outputs.first, let output = try interpreter.run(inputs, recording: tape).first,
      output.strings == nil
    else { return }
    var reached = Set<String>()
    do {
      let ones = try ONNXArray.precise(output.dimensions) { _ in 1 }
      reached = Set(try tape.gradients([port.name: ones]).keys)
    } catch let failure as Failure where failure.kind == .unsupported || failure.kind == .invalidModel {
      problem = failure.message
    }
    for (name, tensor) in candidates.sorted(by: { $0.key < $1.key }) where reached.contains(name) {
      guard let values = try tensor.floats() else { continue }
      all.append(Weight(name: name, tensor: tensor, values: values))
    }
    if all.isEmpty, problem == nil { problem = Self.choice(in: file) }
  }

  /// Operators that choose, by what.
  private static let choices = [
    "ArgMax": "by the largest value", "ArgMin": "by the smallest value", "TopK": "by the order of values",
  ]

  /// Why no gradient reaches a weight of a file whose operators choose; nil if none does.
  private static func choice(in file: ONNXFile) -> String? {
    for node in file.nodes {
      guard let way = choices[node.kind] else { continue }
      return "node \"\(node.name)\" (\(node.kind)) chooses \(way), and a choice has no gradient"
    }
    return nil
  }

  /// Whether PyTorch's exporter has named a number or a list of equal numbers of a formula. Weights keep their names, but
  /// matrices that it has transposed and lists that it has reshaped, such as the gains of groups, are named like formulas,
  /// too.
  static func isOfFormula(
    _ name: String, dimensions: [Int], _ numbers: @autoclosure () throws -> [Float]?
  ) rethrows -> Bool {
    guard dimensions.count < 2, name.hasPrefix("val_"), name.dropFirst(4).allSatisfy(\.isNumber) else {
      return false
    }
    guard let numbers = try numbers() else { return true }
    return numbers.allSatisfy { $0 == numbers.first }
  }

  private static let arithmetic: Set<String> = ["Add", "Sub", "Mul", "Div"]
  private static let moving: Set<String> = [
    "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather",
    "Concat",
  ]

  /// The weights that only scale or shift the inputs before the first layer, number by number.
  ///
  /// - Parameters:
  ///   - inputs: the number of elements of each input.
  ///   - weights: the names of all weights.
  private static func scales(
    _ steps: [ONNXTape.Step], inputs: [String: Int], weights: Set<String>
  ) -> Set<String> {
    // The numbers of elements of the inputs, scaled, moved or joined.
    var scaled = inputs
    var derived = Set(inputs.keys)
    var found = Set<String>()
    for step in steps {
      let node = step.call.node
      let rows = node.inputs.filter(derived.contains)
      guard !rows.isEmpty else { continue }
      derived.formUnion(node.outputs)
      let isArithmetic = arithmetic.contains(node.kind)
      guard isArithmetic || moving.contains(node.kind), rows.allSatisfy({ scaled[$0] != nil }) else {
        continue
      }
      let most = rows.reduce(0) { $0 + (scaled[$1] ?? 0) }
      // A product that repeats the inputs, as that of a tokenizer of features, is a layer.
      guard step.results.allSatisfy({ $0.count <= most }) else { continue }
      for (name, result) in zip(node.outputs, step.results) { scaled[name] = result.count }
      if isArithmetic { found.formUnion(weights.intersection(node.inputs)) }
    }
    return found
  }
}
