import Engine
import Platform

@testable import Formats

extension ONNXConformance {
  /// The numbers of a case whose derivatives are checked.
  private static let largest = 20_000

  enum Derivative: Equatable {
    case none
    case right
    case wrong(expected: Double, found: Double)
  }

  /// Compares the derivatives of the interpreted operators with central differences of the same run in float64, along
  /// a random direction through all inputs that a gradient reaches.
  static func derivative(_ item: Case) throws -> Derivative {
    var inputs = try item.inputs.mapValues { try ONNXArray($0).precise }
    var file = item.file
    // Initializers and constants are inputs like others; as float32 they would round what is computed with them.
    for (name, tensor) in file.initializers { inputs[name] = try ONNXArray(tensor).precise }
    file.initializers = [:]
    for node in file.nodes {
      guard node.kind == "Constant", case .tensor(let tensor)? = node.attributes["value"],
        let name = node.outputs.first
      else { continue }
      inputs[name] = try ONNXArray(tensor).precise
    }
    file.nodes.removeAll { $0.outputs.first.map { inputs[$0] != nil } == true }
    let interpreter = try ONNXInterpreter(file)
    // Rounding to a narrower type hides a small step. Large inputs would take minutes.
    let rounds = file.nodes.contains { ["Cast", "CastLike"].contains($0.kind) }
    guard !rounds, inputs.reduce(0, { $0 + $1.value.count }) <= largest else { return .none }
    let floats = inputs.filter { $0.value.element == .float64 && $0.value.count > 0 }
    let tape = ONNXTape(wanted: Set(floats.keys))
    let outputs = try interpreter.run(inputs, recording: tape)
    guard let port = file.outputs.first, let output = outputs.first, !output.element.isWhole,
      output.strings == nil
    else { return .none }
    var random = RandomStream(seed: 3, purpose: item.name)
    let seed = try ONNXArray.precise(output.dimensions) { _ in random.normal() }
    let gradients = try tape.gradients([port.name: seed])
    guard !gradients.isEmpty else { return .none }
    func value(_ step: Double, _ directions: [String: ONNXArray]) throws -> Double {
      var moved = inputs
      for (name, direction) in directions {
        guard let own = inputs[name] else { continue }
        moved[name] = try ONNXArray.precise(own.dimensions) { own[$0] + step * direction[$0] }
      }
      guard let result = try interpreter.run(moved).first, result.count == seed.count else { return .nan }
      return (0..<seed.count).reduce(0) { $0 + seed[$1] * result[$1] }
    }
    let directions = try gradients.mapValues { gradient in
      try ONNXArray.precise(gradient.dimensions) { _ in random.normal() }
    }
    let found = gradients.reduce(0.0) { sum, entry in
      (0..<entry.value.count).reduce(sum) { $0 + entry.value[$1] * (directions[entry.key]?[$1] ?? 0) }
    }
    let expected = try (value(1e-6, directions) - value(-1e-6, directions)) / 2e-6
    // Outside an operator's domain, such as a root of a negative number.
    guard expected.isFinite else { return .none }
    guard abs(found - expected) <= 1e-4 * max(1, abs(expected)) else {
      return .wrong(expected: expected, found: found)
    }
    return .right
  }
}
