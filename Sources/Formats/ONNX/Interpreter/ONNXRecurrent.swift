import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Recurrent layers: x (time, batch, in), W (directions, gates · hidden, in), R (directions, gates · hidden,
/// hidden), B (directions, 2 · gates · hidden).
struct ONNXRecurrent {
  static let table: [String: ONNXInterpreted.Function] = [
    "RNN": { try ONNXRecurrent($0, .simple).outputs() },
    "GRU": { try ONNXRecurrent($0, .gated).outputs() },
    "LSTM": { try ONNXRecurrent($0, .longShortTerm).outputs() },
  ]

  private let call: ONNXEvaluation
  private let kind: ONNXRecurrentCell.Kind
  private let x: ONNXArray
  private let weights: ONNXArray
  private let recurrence: ONNXArray
  /// Whether operands and outputs have the batch first.
  private let batchFirst: Bool
  /// The number of steps of each row.
  private let lengths: [Int]

  private var time: Int { x.dimensions[0] }
  private var batch: Int { x.dimensions[1] }
  private var width: Int { x.dimensions[2] }
  private var directions: Int { weights.dimensions[0] }
  private var hidden: Int { recurrence.dimensions[2] }

  private init(_ call: ONNXEvaluation, _ kind: ONNXRecurrentCell.Kind) throws {
    self.call = call
    self.kind = kind
    let (x, w, r) = (try call.input(0), try call.input(1), try call.input(2))
    batchFirst = try call.integer("layout", 0) != 0
    guard x.rank == 3, w.rank == 3, r.rank == 3 else {
      throw call.invalid("its operands are not of 3 dimensions")
    }
    self.x = batchFirst ? try x.transposed([1, 0, 2]) : x
    (weights, recurrence) = (w, r)
    let (time, batch) = (self.x.dimensions[0], self.x.dimensions[1])
    let (directions, hidden, gates) = (w.dimensions[0], r.dimensions[2], kind.gates)
    guard w.dimensions == [directions, gates * hidden, x.dimensions[2]],
      r.dimensions == [directions, gates * hidden, hidden],
      (1...2).contains(directions),
      call.optional(3).map({ $0.count == directions * 2 * gates * hidden }) ?? true
    else {
      throw call.invalid("its weights \(w.dimensions) and \(r.dimensions) do not fit \(self.x.dimensions)")
    }
    let lengths = call.optional(4)?.integers ?? Array(repeating: time, count: batch)
    guard lengths.count == batch, lengths.allSatisfy({ (0...time).contains($0) }) else {
      throw call.invalid("its lengths do not fit \(self.x.dimensions)")
    }
    self.lengths = lengths
  }

  private func outputs() throws -> [ONNXArray] {
    let (startH, startC) = (try initialState(5), try initialState(6))
    let y = try ONNXArray([time, directions, batch, hidden], x.element)
    let lastH = try ONNXArray([directions, batch, hidden], x.element)
    let lastC = try ONNXArray([directions, batch, hidden], x.element)
    try call.limitWork(time, batch, directions * kind.gates * hidden, width + hidden)
    let runsBackwards = try call.string("direction", "forward") == "reverse"
    for (d, cell) in try cells().enumerated() {
      for row in 0..<batch {
        let own = (d * batch + row) * hidden
        var h = (0..<hidden).map { startH[own + $0] }
        var c = (0..<hidden).map { startC[own + $0] }
        for step in 0..<lengths[row] {
          let t = runsBackwards || d == 1 ? lengths[row] - 1 - step : step
          cell.step(x.numbers.pointer + (t * batch + row) * width, &h, &c)
          for j in 0..<hidden { y.numbers.pointer[((t * directions + d) * batch + row) * hidden + j] = h[j] }
        }
        for j in 0..<hidden {
          lastH.numbers.pointer[own + j] = h[j]
          lastC.numbers.pointer[own + j] = c[j]
        }
      }
    }
    // The cells read the operands' memory through pointers.
    withExtendedLifetime(self) {}
    let states = kind == .longShortTerm ? [lastH, lastC] : [lastH]
    guard batchFirst else { return [y] + states }
    return [try y.transposed([2, 0, 1, 3])] + (try states.map { try $0.transposed([1, 0, 2]) })
  }

  /// The operand at `index`, (directions, batch, hidden), or zeros.
  private func initialState(_ index: Int) throws -> ONNXArray {
    guard let given = call.optional(index) else {
      return try ONNXArray([directions, batch, hidden], x.element)
    }
    guard given.count == directions * batch * hidden else {
      throw call.invalid("its initial state is of another size")
    }
    return batchFirst ? try given.transposed([1, 0, 2]) : given
  }

  /// One cell for each direction.
  private func cells() throws -> [ONNXRecurrentCell] {
    let usual = kind.activations
    let names = try call.strings("activations") ?? (0..<directions).flatMap { _ in usual }
    guard names.count == directions * usual.count else {
      throw call.invalid("has \(names.count) activations")
    }
    let clip = try call.node.attributes["clip"] == nil ? nil : Double(call.float("clip", 0))
    let resetsProduct = try call.integer("linear_before_reset", 0) != 0
    let forgetsByInput = try call.integer("input_forget", 0) != 0
    let size = kind.gates * hidden
    let peepholes = call.optional(7).flatMap { $0.count == directions * 3 * hidden ? $0 : nil }
    return try (0..<directions).map { d in
      ONNXRecurrentCell(
        kind: kind, width: width, hidden: hidden,
        weights: UnsafePointer(weights.numbers.pointer + d * size * width),
        recurrence: UnsafePointer(recurrence.numbers.pointer + d * size * hidden),
        bias: (0..<2 * size).map { index in call.optional(3).map { $0[d * 2 * size + index] } ?? 0 },
        activations: try names[d * usual.count..<(d + 1) * usual.count].map(activation),
        peepholes: (0..<3 * hidden).map { index in peepholes.map { $0[d * 3 * hidden + index] } ?? 0 },
        clip: clip, resetsProduct: resetsProduct, forgetsByInput: forgetsByInput)
    }
  }

  private func activation(_ name: String) throws -> (Double) -> Double {
    switch name.lowercased() {
    case "tanh": tanh
    case "sigmoid": ONNXActivationMath.sigmoid
    case "relu": { max($0, 0) }
    case "softsign": { $0 / (1 + abs($0)) }
    case "softplus": ONNXActivationMath.softplus
    case "affine": { $0 }
    default: throw call.unsupported("the activation \"\(name)\" is not supported")
    }
  }
}
