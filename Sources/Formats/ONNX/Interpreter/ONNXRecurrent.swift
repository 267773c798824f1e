import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Recurrent layers: x (time, batch, in), W (directions, gates · hidden, in), R (directions, gates · hidden,
/// hidden), B (directions, 2 · gates · hidden).
enum ONNXRecurrent {
  static let table: [String: ONNXInterpreted.Function] = [
    "RNN": { try run($0, gates: 1) }, "GRU": { try run($0, gates: 3) }, "LSTM": { try run($0, gates: 4) },
  ]

  private static func function(_ call: ONNXEvaluation, _ name: String) throws -> (Double) -> Double {
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

  private struct Direction {
    let weights: UnsafePointer<Double>
    let recurrence: UnsafePointer<Double>
    let bias: [Double]  // of the inputs, then of the recurrence
    let functions: [(Double) -> Double]
    let peepholes: [Double]
  }

  private static func run(_ call: ONNXEvaluation, gates: Int) throws -> [ONNXArray] {
    var (x, w, r) = (try call.input(0), try call.input(1), try call.input(2))
    let batchFirst = try call.integer("layout", 0) != 0
    guard x.rank == 3, w.rank == 3, r.rank == 3 else {
      throw call.invalid("its operands are not of 3 dimensions")
    }
    if batchFirst { x = try x.transposed([1, 0, 2]) }
    let (time, batch, width) = (x.dimensions[0], x.dimensions[1], x.dimensions[2])
    let (directions, hidden) = (w.dimensions[0], r.dimensions[2])
    guard w.dimensions == [directions, gates * hidden, width],
      r.dimensions == [directions, gates * hidden, hidden],
      (1...2).contains(directions),
      call.optional(3).map({ $0.count == directions * 2 * gates * hidden }) ?? true
    else { throw call.invalid("its weights \(w.dimensions) and \(r.dimensions) do not fit \(x.dimensions)") }
    let backwards = try call.string("direction", "forward")
    let usual = gates == 1 ? ["Tanh"] : gates == 3 ? ["Sigmoid", "Tanh"] : ["Sigmoid", "Tanh", "Tanh"]
    let names = try call.strings("activations") ?? (0..<directions).flatMap { _ in usual }
    guard names.count == directions * usual.count else {
      throw call.invalid("has \(names.count) activations")
    }
    let clip = try call.node.attributes["clip"] == nil ? nil : Double(call.float("clip", 0))
    let lengths = call.optional(4)?.integers ?? Array(repeating: time, count: batch)
    guard lengths.count == batch, lengths.allSatisfy({ (0...time).contains($0) }) else {
      throw call.invalid("its lengths do not fit \(x.dimensions)")
    }
    let resets = try call.integer("linear_before_reset", 0) != 0
    let forgetsInput = try call.integer("input_forget", 0) != 0
    func initial(_ index: Int) throws -> ONNXArray {
      guard let given = call.optional(index) else {
        return try ONNXArray([directions, batch, hidden], x.element)
      }
      guard given.count == directions * batch * hidden else {
        throw call.invalid("its initial state is of another size")
      }
      return batchFirst ? try given.transposed([1, 0, 2]) : given
    }
    let (startH, startC) = (try initial(5), try initial(6))
    let y = try ONNXArray([time, directions, batch, hidden], x.element)
    let lastH = try ONNXArray([directions, batch, hidden], x.element)
    let lastC = try ONNXArray([directions, batch, hidden], x.element)
    try call.limitWork(time, batch, directions * gates * hidden, width + hidden)
    for d in 0..<directions {
      let size = gates * hidden
      let bias = (0..<2 * size).map { index in call.optional(3).map { $0[d * 2 * size + index] } ?? 0 }
      let peepholes = (0..<3 * hidden).map { index in
        call.optional(7).flatMap { $0.count == directions * 3 * hidden ? $0[d * 3 * hidden + index] : nil }
          ?? 0
      }
      let direction = Direction(
        weights: UnsafePointer(w.numbers.pointer + d * size * width),
        recurrence: UnsafePointer(r.numbers.pointer + d * size * hidden), bias: bias,
        functions: try names[d * usual.count..<(d + 1) * usual.count].map { try function(call, $0) },
        peepholes: peepholes)
      let isBackwards = backwards == "reverse" || d == 1
      for row in 0..<batch {
        var h = (0..<hidden).map { startH[(d * batch + row) * hidden + $0] }
        var c = (0..<hidden).map { startC[(d * batch + row) * hidden + $0] }
        for step in 0..<lengths[row] {
          let t = isBackwards ? lengths[row] - 1 - step : step
          let input = UnsafePointer(x.numbers.pointer + (t * batch + row) * width)
          func gate(_ index: Int, _ state: [Double]) -> (input: Double, state: Double) {
            var (a, b) = (direction.bias[index], direction.bias[size + index])
            for k in 0..<width { a += direction.weights[index * width + k] * input[k] }
            for k in 0..<hidden { b += direction.recurrence[index * hidden + k] * state[k] }
            return (a, b)
          }
          func bounded(_ value: Double) -> Double { clip.map { min(max(value, -$0), $0) } ?? value }
          let f = direction.functions
          let old = h
          switch gates {
          case 1:
            for j in 0..<hidden {
              let parts = gate(j, old)
              h[j] = f[0](bounded(parts.input + parts.state))
            }
          case 3:
            // z, r, h (Cho et al. 2014)
            let update = (0..<hidden).map { j -> Double in
              let parts = gate(j, old)
              return f[0](bounded(parts.input + parts.state))
            }
            let reset = (0..<hidden).map { j -> Double in
              let parts = gate(hidden + j, old)
              return f[0](bounded(parts.input + parts.state))
            }
            let kept = zip(reset, old).map { $0 * $1 }
            for j in 0..<hidden {
              let candidate: Double
              if resets {
                let parts = gate(2 * hidden + j, old)
                candidate = f[1](bounded(parts.input + reset[j] * parts.state))
              } else {
                let parts = gate(2 * hidden + j, kept)
                candidate = f[1](bounded(parts.input + parts.state))
              }
              h[j] = (1 - update[j]) * candidate + update[j] * old[j]
            }
          default:
            // i, o, f, c (Hochreiter and Schmidhuber 1997), with peepholes in the order i, o, f
            let p = direction.peepholes
            for j in 0..<hidden {
              let sums = (0..<4).map { k -> Double in
                let parts = gate(k * hidden + j, old)
                return parts.input + parts.state
              }
              let i = f[0](bounded(sums[0] + p[j] * c[j]))
              let forget = forgetsInput ? 1 - i : f[0](bounded(sums[2] + p[2 * hidden + j] * c[j]))
              c[j] = forget * c[j] + i * f[1](bounded(sums[3]))
              h[j] = f[0](bounded(sums[1] + p[hidden + j] * c[j])) * f[2](c[j])
            }
          }
          for j in 0..<hidden { y.numbers.pointer[((t * directions + d) * batch + row) * hidden + j] = h[j] }
        }
        for j in 0..<hidden {
          lastH.numbers.pointer[(d * batch + row) * hidden + j] = h[j]
          lastC.numbers.pointer[(d * batch + row) * hidden + j] = c[j]
        }
      }
    }
    // The operands' memory is read through pointers.
    withExtendedLifetime((x, w, r)) {}
    let outputs = gates == 4 ? [lastH, lastC] : [lastH]
    guard batchFirst else { return [y] + outputs }
    return [try y.transposed([2, 0, 1, 3])] + (try outputs.map { try $0.transposed([1, 0, 2]) })
  }
}
