import COneDNN
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Runs one convolution on one thread. Its primitives are created once for each number of rows.
final class ConvolutionRunner {
  let sizes: ConvolutionSizes
  private let whole: ConvolutionSizes
  let relu: Bool
  let hasBias: Bool
  private let stream: dnnl_stream_t?
  /// Weights in the layout of one of the primitives, and gradients before they are copied to the file's
  /// layout.
  private let packed: Buffer<Float>
  private let scratch: Buffer<Float>
  /// Memory for a gradient that is to be added to another one; only in training.
  private let addend: Buffer<Float>?
  private var byRows: [Int: Computations] = [:]
  private let capacity: Int

  /// The primitives for one number of rows.
  private final class Computations {
    let forward: ConvolutionPrimitive
    var data: ConvolutionPrimitive?
    var weights: ConvolutionPrimitive?
    init(forward: ConvolutionPrimitive) { self.forward = forward }
  }

  /// - Parameters:
  ///   - whole: the sizes for which prepared weights are laid out; nil for `sizes`.
  ///   - capacity: the maximum number of rows of a run.
  /// - Throws: `outOfMemory`; `unsupported` for sizes that oneDNN does not support.
  init(
    _ sizes: ConvolutionSizes, laidOutFor whole: ConvolutionSizes? = nil, relu: Bool, hasBias: Bool,
    capacity: Int, isTraining: Bool
  ) throws {
    self.whole = whole ?? sizes
    (self.sizes, self.relu, self.hasBias, self.capacity) = (sizes, relu, hasBias, capacity)
    var stream: dnnl_stream_t?
    guard
      contained_stream_create(&stream, BackendPrimitive.engine) == dnnl_success
    else {
      throw Failure.outOfMemory(bytes: 0, for: "a stream of computations")
    }
    self.stream = stream
    var computations: [Int: Computations] = [:]
    for rows in Set([capacity, 1]) {
      computations[rows] = try Self.make(
        sizes, laidOutFor: self.whole, rows, relu: relu, hasBias: hasBias, isTraining: isTraining)
    }
    var (packedCount, scratchCount) = (0, 0)
    for made in computations.values {
      for primitive in [made.forward, made.data, made.weights].compactMap({ $0 }) {
        // Prediction with prepared weights needs no memory for another copy.
        if isTraining || !primitive.hasPreparedLayout {
          packedCount = max(packedCount, primitive.packedCount)
        }
        scratchCount = max(scratchCount, primitive.scratchCount)
      }
    }
    byRows = computations
    packed = try Buffer<Float>(count: packedCount, for: "rearranged weights")
    scratch = try Buffer<Float>(count: scratchCount, for: "a convolution")
    addend =
      isTraining
      ? try Buffer<Float>(
        count: max(
          capacity * max(sizes.inputCount, sizes.outputCount), sizes.weightCount),
        for: "a gradient") : nil
  }

  deinit { dnnl_stream_destroy(stream) }

  private static func make(
    _ sizes: ConvolutionSizes, laidOutFor whole: ConvolutionSizes, _ rows: Int, relu: Bool, hasBias: Bool,
    isTraining: Bool
  ) throws -> Computations {
    let made = Computations(
      forward: try ConvolutionPrimitive(
        .forward, sizes, laidOutFor: whole, rows, relu: relu, hasBias: hasBias))
    if isTraining {
      made.data = try ConvolutionPrimitive(.data, sizes, rows, relu: false, hasBias: false)
      made.weights = try ConvolutionPrimitive(.weights, sizes, rows, relu: false, hasBias: false)
    }
    return made
  }

  /// Calls `body` once with the primitives for all rows. If these cannot be created, calls it for each row
  /// with the primitives for one row.
  private func each(_ rows: Int, _ body: (Computations, _ row: Int) -> Void) {
    if let known = byRows[rows] { return body(known, 0) }
    let isTraining = addend != nil
    if let made = try? Self.make(
      sizes, laidOutFor: whole, rows, relu: relu, hasBias: hasBias, isTraining: isTraining),
      fits(made)
    {
      byRows[rows] = made
      return body(made, 0)
    }
    guard let single = byRows[1] else { return }
    for row in 0..<rows { body(single, row) }
  }

  private func fits(_ made: Computations) -> Bool {
    for primitive in [made.forward, made.data, made.weights].compactMap({ $0 })
    where primitive.scratchCount > scratch.count
      || primitive.packedCount > packed.count && (addend != nil || !primitive.hasPreparedLayout)
    { return false }
    return true
  }

  // x (rows, height, width, channels), weights (outputs, channels / groups, …), bias (outputs) → y
  func forward(
    _ rows: Int, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    prepared: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
  ) {
    each(rows) { computations, row in
      let it = computations.forward
      let laid: UnsafePointer<Float>
      if let prepared, it.hasPreparedLayout {
        laid = prepared
      } else {
        it.pack(weights, into: packed.pointer, scratch: scratch.pointer, stream)
        laid = UnsafePointer(packed.pointer)
      }
      it.run(
        x + row * sizes.inputCount, laid, bias, y + row * sizes.outputCount, scratch: scratch.pointer, stream)
    }
  }

  /// The same without bias and rectifier, optionally added to the values in the output.
  func forward(
    _ rows: Int, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    guard let addend else { return }
    forward(rows, x, weights, nil, prepared: nil, accumulate ? addend.pointer : result)
    if accumulate { Backend.add(addend.pointer, to: result, rows * sizes.outputCount) }
  }

  /// The number of floats of prepared weights.
  static func preparedCount(_ sizes: ConvolutionSizes) throws -> Int {
    BackendPrimitive.count(try ConvolutionPrimitive.preferredWeights(sizes))
  }

  static func prepare(
    _ sizes: ConvolutionSizes, _ weights: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>
  ) throws {
    try ConvolutionPrimitive.prepare(sizes, weights, into: prepared)
  }

  // ∂y (rows, outHeight, outWidth, outputs), weights → ∂x
  func backwardData(
    _ rows: Int, _ gradient: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    guard let addend else { return }
    let target = accumulate ? addend.pointer : result
    each(rows) { computations, row in
      guard let it = computations.data else { return }
      it.pack(weights, into: packed.pointer, scratch: scratch.pointer, stream)
      it.run(
        gradient + row * sizes.outputCount, packed.pointer, target + row * sizes.inputCount,
        scratch: scratch.pointer, stream)
    }
    if accumulate { Backend.add(addend.pointer, to: result, rows * sizes.inputCount) }
  }

  // x, ∂y → ∂weights (outputs, channels / groups, …)
  func backwardWeights(
    _ rows: Int, _ x: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    guard let addend else { return }
    let count = sizes.weightCount
    each(rows) { computations, row in
      guard let it = computations.weights else { return }
      it.run(
        x + row * sizes.inputCount, gradient + row * sizes.outputCount, packed.pointer,
        scratch: scratch.pointer,
        stream)
      let adds = accumulate || row > 0
      it.unpack(
        packed.pointer, into: adds ? addend.pointer : result, scratch: scratch.pointer, stream)
      if adds { Backend.add(addend.pointer, to: result, count) }
    }
  }
}
