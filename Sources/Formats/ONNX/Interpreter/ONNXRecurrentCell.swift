/// The step of a recurrent layer in one direction: from a row's input and state to its next state.
struct ONNXRecurrentCell {
  enum Kind: Int {
    case simple = 1
    case gated = 3
    case longShortTerm = 4

    var gates: Int { rawValue }

    /// The activations of a layer that states none.
    var activations: [String] {
      switch self {
      case .simple: ["Tanh"]
      case .gated: ["Sigmoid", "Tanh"]
      case .longShortTerm: ["Sigmoid", "Tanh", "Tanh"]
      }
    }
  }

  let kind: Kind
  let width: Int
  let hidden: Int
  /// (gates · hidden, width)
  let weights: UnsafePointer<Double>
  /// (gates · hidden, hidden)
  let recurrence: UnsafePointer<Double>
  /// Of the inputs, then of the recurrence, (2 · gates · hidden).
  let bias: [Double]
  let activations: [(Double) -> Double]
  /// Of the input, output and forget gates, (3 · hidden).
  let peepholes: [Double]
  /// The largest magnitude of an activation's argument; nil: any.
  let clip: Double?
  /// Whether a gated unit's reset acts on the product with the state, and not on the state.
  let resetsProduct: Bool
  /// Whether the forget gate is 1 minus the input gate.
  let forgetsByInput: Bool

  /// - Parameters:
  ///   - input: (width).
  ///   - h: the hidden state, (hidden).
  ///   - c: the cell state, (hidden), which only the long short-term memory has.
  func step(_ input: UnsafePointer<Double>, _ h: inout [Double], _ c: inout [Double]) {
    switch kind {
    case .simple: simple(input, &h)
    case .gated: gated(input, &h)
    case .longShortTerm: longShortTerm(input, &h, &c)
    }
  }

  private func simple(_ input: UnsafePointer<Double>, _ h: inout [Double]) {
    let old = h
    for j in 0..<hidden { h[j] = activate(0, sum(j, input, old)) }
  }

  /// Gates z, r, h (Cho et al. 2014).
  private func gated(_ input: UnsafePointer<Double>, _ h: inout [Double]) {
    let old = h
    let update = (0..<hidden).map { activate(0, sum($0, input, old)) }
    let reset = (0..<hidden).map { activate(0, sum(hidden + $0, input, old)) }
    let kept = zip(reset, old).map { $0 * $1 }
    for j in 0..<hidden {
      let gate = 2 * hidden + j
      let argument =
        resetsProduct
        ? ofInput(gate, input) + reset[j] * ofState(gate, old) : sum(gate, input, kept)
      h[j] = (1 - update[j]) * activate(1, argument) + update[j] * old[j]
    }
  }

  /// Gates i, o, f, c (Hochreiter and Schmidhuber 1997).
  private func longShortTerm(_ input: UnsafePointer<Double>, _ h: inout [Double], _ c: inout [Double]) {
    let old = h
    for j in 0..<hidden {
      let i = activate(0, sum(j, input, old) + peepholes[j] * c[j])
      let forget =
        forgetsByInput
        ? 1 - i : activate(0, sum(2 * hidden + j, input, old) + peepholes[2 * hidden + j] * c[j])
      c[j] = forget * c[j] + i * activate(1, sum(3 * hidden + j, input, old))
      let output = activate(0, sum(hidden + j, input, old) + peepholes[hidden + j] * c[j])
      h[j] = output * activations[2](c[j])
    }
  }

  private func activate(_ index: Int, _ argument: Double) -> Double {
    activations[index](clip.map { min(max(argument, -$0), $0) } ?? argument)
  }

  private func sum(_ gate: Int, _ input: UnsafePointer<Double>, _ state: [Double]) -> Double {
    ofInput(gate, input) + ofState(gate, state)
  }

  private func ofInput(_ gate: Int, _ input: UnsafePointer<Double>) -> Double {
    var sum = bias[gate]
    for k in 0..<width { sum += weights[gate * width + k] * input[k] }
    return sum
  }

  private func ofState(_ gate: Int, _ state: [Double]) -> Double {
    var sum = bias[kind.gates * hidden + gate]
    for k in 0..<hidden { sum += recurrence[gate * hidden + k] * state[k] }
    return sum
  }
}
