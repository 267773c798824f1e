import Engine
import Platform
import Testing

/// The nearest bfloat16 number, ties to even: the upper half of a float32 number.
private func rounded(_ value: Float) -> Float {
  let bits = value.bitPattern
  return Float(bitPattern: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) & 0xffff_0000)
}

private func random(_ count: Int, _ seed: UInt64) -> [Float] {
  var stream = RandomStream(seed: seed)
  return (0..<count).map { _ in Float(stream.uniform() * 2 - 1) }
}

@Suite("Products of numbers rounded to bfloat16")
struct Bfloat16ProductsTests {
  @Test(
    "A layer's output and gradients are the definition's with rounded factors, for every remainder of its sizes",
    arguments: [[3, 5, 7], [16, 40, 33], [9, 64, 32], [131, 21, 6]], [false, true])
  func definition(sizes: [Int], inputMajor: Bool) throws {
    let (rows, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: inputs))
    let weight = builder.parameter(
      try randomTensor("w", inputMajor ? [inputs, outputs] : [outputs, inputs]))
    let bias = builder.parameter(try randomTensor("b", [outputs]))
    let y = try builder.apply(
      Linear(weightIsInputMajor: inputMajor), to: [x, weight, bias], name: "linear")
    let graph = try builder.finish(output: y).withPrecision(.bfloat16)
    let (weights, shifts) = (
      try graph.parameters[0].values.array.map(rounded), try graph.parameters[1].values.array
    )
    func w(_ output: Int, _ input: Int) -> Float {
      weights[inputMajor ? input * outputs + output : output * inputs + input]
    }
    let features = random(rows * inputs, 3)
    let expected = (0..<rows * outputs).map { place in
      (0..<inputs).reduce(shifts[place % outputs]) {
        $0 + rounded(features[place / outputs * inputs + $1]) * w(place % outputs, $1)
      }
    }
    func fill(_ range: Range<Int>, _ target: [UnsafeMutablePointer<Float>]) {
      for place in 0..<range.count * inputs {
        target[0][place] = features[range.lowerBound * inputs + place]
      }
    }
    var predicted = [Float](repeating: .nan, count: rows * outputs)
    try Predictor(graph).run(rows: rows, fill: fill) { range, values in
      for place in 0..<range.count * outputs {
        predicted[range.lowerBound * outputs + place] = values[place]
      }
    }
    let trainer = try Trainer(graph, trainable: [true, true], capacity: rows)
    try trainer.forward(rows: rows, isTraining: true, seed: 0, fill: fill)
    for place in expected.indices {
      #expect(abs(predicted[place] - expected[place]) < 1e-5)
      #expect(abs(trainer.outputs.elements[place] - expected[place]) < 1e-5)
    }
    let direction = random(rows * outputs, 4)
    for (place, value) in direction.enumerated() { trainer.outputGradients.elements[place] = value }
    try trainer.backward(seed: 0)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let gradient = (0..<rows).reduce(Float(0)) {
          $0 + rounded(direction[$1 * outputs + output]) * rounded(features[$1 * inputs + input])
        }
        let place = inputMajor ? input * outputs + output : output * inputs + input
        #expect(abs(trainer.gradients.elements[place] - gradient) < 1e-4)
      }
    }
  }

  @Test(
    "The gradient that reaches lower layers is float32's but for the rounding, with an activation between",
    arguments: [false, true])
  func chain(inputMajor: Bool) throws {
    var builder = GraphBuilder()
    var value = builder.input("x", Shape(width: 24))
    for (layer, widths) in [(24, 40), (40, 37), (37, 6)].enumerated() {
      let weight = builder.parameter(
        try randomTensor("w\(layer)", inputMajor ? [widths.0, widths.1] : [widths.1, widths.0], scale: 0.3))
      value = try builder.apply(
        Linear(weightIsInputMajor: inputMajor), to: [value, weight], name: "linear\(layer)")
      if layer < 2 { value = try builder.apply(Activation(.gelu), to: [value], name: "gelu\(layer)") }
    }
    let graph = try builder.finish(output: value)
    let (features, direction) = (random(50 * 24, 5), random(50 * 6, 6))
    let gradients = try [Precision.float32, .bfloat16].map { precision in
      let trainer = try Trainer(
        graph.withPrecision(precision), trainable: [true, true, true], capacity: 50)
      try trainer.forward(rows: 50, isTraining: true, seed: 0) { range, target in
        for place in 0..<range.count * 24 { target[0][place] = features[range.lowerBound * 24 + place] }
      }
      for (place, value) in direction.enumerated() { trainer.outputGradients.elements[place] = value }
      try trainer.backward(seed: 0)
      return trainer.gradients.array
    }
    let size = gradients[0].reduce(0) { $0 + $1 * $1 }.squareRoot()
    let difference = zip(gradients[0], gradients[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      .squareRoot()
    #expect(difference > 0 && difference < 0.01 * size, "\(difference / size)")
  }

  @Test("Shards that pack weights together compute what one shard does, side by side and one after another")
  func sharedPanels() throws {
    var builder = GraphBuilder()
    var x = builder.input("x", .scalar, lines: .tokens)
    let table = builder.parameter(try randomTensor("table", [40, 200]))
    x = try builder.apply(Embedding(), to: [x, table], name: "embedding")
    // More layers than there are sets of panels, with several parts each, the last one partial.
    for layer in 0..<9 {
      let widths = layer % 2 == 0 ? [300, 200] : [200, 300]
      let weight = builder.parameter(try randomTensor("w.\(layer)", widths, scale: 0.1))
      x = try builder.apply(Linear(), to: [x, weight], name: "linear.\(layer)")
    }
    let graph = try builder.finish(output: x).withPrecision(.bfloat16)
    let lengths: [Int32] = [7, 1, 12, 3, 30, 5, 9, 2]
    func step(threads: Int32, isBusy: Bool = false) throws -> (outputs: [Float], gradients: [Float]) {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let trainer = try Trainer(
        graph, trainable: graph.parameters.map { _ in true },
        capacity: Capacity(rows: lengths.count, tokens: 69, longest: 30))
      let failures = FirstFailure()
      func run() throws {
        try trainer.forward(rows: lengths.count, lengths: lengths, seed: 0) { range, inputs in
          let first = lengths[..<range.lowerBound].reduce(0, +)
          for place in 0..<Int(lengths[range].reduce(0, +)) {
            inputs[0][place] = Float((Int(first) + place) % 40)
          }
        }
        for place in 0..<trainer.outputGradients.count {
          trainer.outputGradients.pointer[place] = Float(place % 13) - 6
        }
        try trainer.backward(seed: 0)
      }
      for _ in 0..<5 {
        // If the worker pool is busy, the shards run one after another.
        if isBusy {
          WorkerPool.run(shards: 2) { shard in failures.catching { if shard == 0 { try run() } } }
        } else {
          try run()
        }
      }
      try failures.rethrow()
      return (trainer.outputs.array, trainer.gradients.array)
    }
    let alone = try step(threads: 1)
    for (threads, isBusy): (Int32, Bool) in [(2, false), (5, false), (3, true)] {
      let together = try step(threads: threads, isBusy: isBusy)
      #expect(together.outputs == alone.outputs)
      for (value, wanted) in zip(together.gradients, alone.gradients) {
        #expect(abs(value - wanted) < 1e-4 * max(1, abs(wanted)))
      }
    }
  }
}
