import Engine
import EngineKernels
import Platform
import Testing

private let everyInstruction: [int8_instructions] = [INT8_PLAIN, INT8_PAIRS, INT8_QUADS].filter {
  $0.rawValue <= int8_best_instructions().rawValue
}

private func random(_ count: Int, _ seed: UInt64, _ range: ClosedRange<Float> = -1...1) -> [Float] {
  var stream = RandomStream(seed: seed)
  return (0..<count).map { _ in
    Float(stream.uniform()) * (range.upperBound - range.lowerBound) + range.lowerBound
  }
}

/// The definition: rounded rows and whole weights, in exact arithmetic.
private struct Definition {
  var scale: Float = 0
  var zero = 0
  var numbers: [Int] = []

  init(_ row: [Float]) {
    let (low, high) = (min(row.min() ?? 0, 0), max(row.max() ?? 0, 0))
    scale = high / 254 - low / 254
    guard scale > 0 else {
      numbers = row.map { _ in 0 }
      return
    }
    let inverse = 1 / scale
    zero = Int((-low * inverse).rounded(.toNearestOrEven))
    numbers = row.map { min(Int(($0 * inverse).rounded(.toNearestOrEven)) + zero, 254) }
  }
}

/// int8 weights (out, in), or (in, out), with their scales.
private func whole(_ weight: [Float], _ shape: [Int], axis: Int) throws -> (Buffer<Int8>, Buffer<Float>) {
  let values = try Buffer(copying: weight)
  let numbers = try Buffer<Int8>(count: weight.count)
  let scales = try Buffer<Float>(count: shape[axis])
  narrow_int8(values.pointer, axis == 0, shape[0], shape[1], numbers.pointer, scales.pointer)
  return (numbers, scales)
}

@Suite("Products with int8 weights")
struct Int8ProductsTests {
  // Whole and partial panels and quads; every remainder of rows (8, 4, 1).
  @Test(
    "Every instruction gives the definition's outputs, bit by bit, and writes nothing else",
    arguments: [[1, 5], [7, 33], [40, 32], [16, 70], [130, 6]], [1, 3, 4, 13, 24])
  func definition(sizes: [Int], rows: Int) throws {
    let (inputs, outputs) = (sizes[0], sizes[1])
    let x = try Buffer(copying: random(rows * inputs, 1, -0.2...2))
    let bias = try Buffer(copying: random(outputs, 2))
    let weight = random(outputs * inputs, 3)
    for (isInputMajor, hasBias, relu) in [(false, true, false), (true, false, true)] {
      let shape = isInputMajor ? [inputs, outputs] : [outputs, inputs]
      let (numbers, scales) = try whole(weight, shape, axis: isInputMajor ? 1 : 0)
      var expected: [Float] = []
      for row in 0..<rows {
        let own = Definition(Array(x.array[row * inputs..<(row + 1) * inputs]))
        for output in 0..<outputs {
          let sum = (0..<inputs).reduce(0) {
            $0 + (own.numbers[$1] - own.zero)
              * Int(numbers.pointer[isInputMajor ? $1 * outputs + output : output * inputs + $1])
          }
          let value = Float(sum) * (scales.pointer[output] * own.scale) + (hasBias ? bias.pointer[output] : 0)
          expected.append(relu ? max(value, 0) : value)
        }
      }
      for instructions in everyInstruction {
        let packed = try Buffer<Float>(count: int8_packed_count(inputs, outputs))
        int8_pack(
          numbers.pointer, isInputMajor, scales.pointer, inputs, outputs, packed.pointer, instructions)
        let rounded = try Buffer<Float>(count: rows * int8_row_count(inputs, instructions))
        int8_round_rows(x.pointer, rows, inputs, rounded.pointer, instructions)
        let y = try Buffer(copying: [Float](repeating: .nan, count: (rows + 1) * outputs))
        for part in 0..<linear_packed_parts(outputs) {
          int8_multiply(
            rounded.pointer, rows, inputs, packed.pointer, outputs, part, part + 1,
            hasBias ? bias.pointer : nil, relu, y.pointer, instructions)
        }
        #expect(Array(y.array.prefix(rows * outputs)) == expected, "\(instructions)")
        #expect(y.array[(rows * outputs)...].allSatisfy { $0.isNaN })
      }
    }
  }

  @Test(
    "A product by hand: x = (0.6, 1, -1), so s = 2/254, z = 127 and q = (203, 254, 0); w = (1, -0.5, 0.25)"
  )
  func byHand() throws {
    // w becomes (127, −64, 32) with the scale 1/127: −63.5 and 31.75 are rounded; 0.6 becomes 76.2, rounded to 76.
    // The sum is 127 · 76 − 64 · 127 + 32 · (−127) = −2540, and −2540 · 2/254 · 1/127 = −0.15748; without rounding −0.15.
    let (numbers, scales) = try whole([1, -0.5, 0.25], [1, 3], axis: 0)
    #expect(numbers.array == [127, -64, 32] && scales.array == [1 / 127])
    let x = try Buffer(copying: [Float(0.6), 1, -1])
    for instructions in everyInstruction {
      let packed = try Buffer<Float>(count: int8_packed_count(3, 1))
      int8_pack(numbers.pointer, false, scales.pointer, 3, 1, packed.pointer, instructions)
      let rounded = try Buffer<Float>(count: int8_row_count(3, instructions))
      int8_round_rows(x.pointer, 1, 3, rounded.pointer, instructions)
      let y = try Buffer<Float>(count: 1)
      int8_multiply(
        rounded.pointer, 1, 3, packed.pointer, 1, 0, 1, nil, false, y.pointer, instructions)
      #expect(abs(y.pointer[0] - Float(-2540.0 * 2 / 254 / 127)) < 1e-6)
    }
  }

  @Test("A row that is not finite has outputs that are NaN, and other rows have theirs; zeros give the bias")
  func notFinite() throws {
    let (inputs, outputs) = (70, 33)
    var values = random(4 * inputs, 4)
    (values[5], values[2 * inputs + 69]) = (.nan, .infinity)
    for place in 3 * inputs..<4 * inputs { values[place] = 0 }
    let x = try Buffer(copying: values)
    let (numbers, scales) = try whole(random(outputs * inputs, 5), [outputs, inputs], axis: 0)
    let bias = try Buffer(copying: random(outputs, 6))
    for instructions in everyInstruction {
      let packed = try Buffer<Float>(count: int8_packed_count(inputs, outputs))
      int8_pack(numbers.pointer, false, scales.pointer, inputs, outputs, packed.pointer, instructions)
      let rounded = try Buffer<Float>(count: 4 * int8_row_count(inputs, instructions))
      int8_round_rows(x.pointer, 4, inputs, rounded.pointer, instructions)
      let y = try Buffer<Float>(count: 4 * outputs)
      int8_multiply(
        rounded.pointer, 4, inputs, packed.pointer, outputs, 0, 2, bias.pointer, false, y.pointer,
        instructions)
      for output in 0..<outputs {
        #expect(y.pointer[output].isNaN && y.pointer[2 * outputs + output].isNaN)
        #expect(y.pointer[outputs + output].isFinite)
        #expect(y.pointer[3 * outputs + output] == bias.pointer[output])
      }
    }
  }

  // Sums of the largest numbers: 65,536 · 127 · 254 = 2.11e9, near the largest 32-bit integer.
  @Test("The largest sums of the most inputs do not overflow", arguments: [Float(1), -1])
  func largest(sign: Float) throws {
    let inputs = Int(INT8_MAXIMUM_INPUTS)
    let numbers = try Buffer<Int8>(copying: [Int8](repeating: Int8(sign) * 127, count: inputs))
    let scale = try Buffer(copying: [Float(1) / 127])
    let x = try Buffer(copying: [Float](repeating: 1, count: inputs))
    for instructions in everyInstruction {
      let packed = try Buffer<Float>(count: int8_packed_count(inputs, 1))
      int8_pack(numbers.pointer, false, scale.pointer, inputs, 1, packed.pointer, instructions)
      let rounded = try Buffer<Float>(count: int8_row_count(inputs, instructions))
      int8_round_rows(x.pointer, 1, inputs, rounded.pointer, instructions)
      let y = try Buffer<Float>(count: 1)
      int8_multiply(rounded.pointer, 1, inputs, packed.pointer, 1, 0, 1, nil, false, y.pointer, instructions)
      #expect(abs(y.pointer[0] - sign * Float(inputs)) < 1)
    }
  }

  /// An embedding table that also is a head's weight, and two layers.
  private func network() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 1))
    let table = builder.parameter(try randomTensor("table", [40, 16]))
    var value = try builder.apply(Embedding(), to: [x, table], name: "embedding")
    for (name, outputs) in [("wide", 16), ("narrow", 4)] {
      let weight = builder.parameter(try randomTensor(name, [outputs, 16]))
      let bias = builder.parameter(try randomTensor(name + ".bias", [outputs]))
      let y = try builder.apply(Linear(), to: [value, weight, bias], name: name)
      if outputs == 16 { value = y }
    }
    value = try builder.apply(Linear(), to: [value, table], name: "scores")
    return try builder.finish(output: value)
  }

  @Test("Only weights that all readers multiply as int8 are stored so")
  func chosen() throws {
    let graph = try network().withInt8Weights()
    #expect(graph.parameters.map(\.element) == [.float32, .int8, .float32, .float32, .float32])
    #expect(try graph.withInt8Weights().parameters[1] === graph.parameters[1])
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let weight = builder.parameter(try randomTensor("w", [4, 3]))
    let y = try builder.apply(Linear(), to: [x, weight], name: "head")
    let head = try builder.finish(output: y)
    #expect { try head.withInt8Weights() } throws: { ($0 as? Failure)?.kind == .unsupported }
  }

  @Test(
    "A network with int8 weights predicts nearly the same, the same by each number of workers, and is not tuned"
  )
  func predicts() throws {
    let graph = try network()
    func outputs(_ graph: Graph, threads: Int32 = 0) throws -> [Float] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      var result = [Float](repeating: .nan, count: 30 * 40)
      try Predictor(graph).run(
        rows: 30,
        fill: { range, inputs in for (place, row) in range.enumerated() { inputs[0][place] = Float(row) } },
        take: { range, values in
          for place in 0..<range.count * 40 { result[range.lowerBound * 40 + place] = values[place] }
        })
      return result
    }
    let whole = try graph.withInt8Weights()
    let (exact, rounded) = (try outputs(graph), try outputs(whole))
    #expect(try outputs(whole, threads: 1) == rounded && exact != rounded)
    let size = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let error = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(error < 0.01 * size)
    #expect {
      _ = try Trainer(whole, trainable: whole.parameters.map { _ in true }, capacity: 3)
    } throws: { ($0 as? Failure)?.kind == .unsupported && ($0 as? Failure)?.location == "wide" }
  }
}
