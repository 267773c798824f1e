import Platform

/// One convolution in prediction, for all workers that may share a run of a few images. Each worker has
/// primitives for whole images and for its share of the lines of one image.
final class ConvolutionWorkers {
  private let sizes: ConvolutionSizes
  private let whole: [ConvolutionRunner]
  /// Each worker's share of the lines of an image; empty where images are too small to be shared.
  private let slices: [Slice]

  private struct Slice {
    let runner: ConvolutionRunner
    /// The offset of its first line in an input image, and in an output image.
    let input: Int
    let output: Int
  }

  /// The minimum number of multiplications for which a worker is used.
  private static let leastWork = 1 << 20

  /// - Parameter capacity: the maximum number of rows of a run.
  init(_ sizes: ConvolutionSizes, relu: Bool, hasBias: Bool, capacity: Int) throws {
    self.sizes = sizes
    let workers = max(1, min(WorkerPool.threads, sizes.work / Self.leastWork, sizes.outHeight))
    whole = try (0..<workers).map { _ in
      try ConvolutionRunner(sizes, relu: relu, hasBias: hasBias, capacity: capacity, isTraining: false)
    }
    slices = workers == 1 ? [] : try Self.slices(sizes, workers, relu: relu, hasBias: hasBias)
  }

  private static func slices(
    _ sizes: ConvolutionSizes, _ workers: Int, relu: Bool, hasBias: Bool
  ) throws -> [Slice] {
    var result: [Slice] = []
    for worker in 0..<workers {
      let lines = sizes.outHeight * worker / workers..<sizes.outHeight * (worker + 1) / workers
      // Lines computed from padding alone are not a convolution: images are then not shared.
      guard let (own, firstLine) = try sizes.slice(of: lines) else { return [] }
      result.append(
        Slice(
          runner: try ConvolutionRunner(
            own, laidOutFor: sizes, relu: relu, hasBias: hasBias, capacity: 1, isTraining: false),
          input: firstLine * sizes.width * sizes.channels,
          output: lines.lowerBound * sizes.outWidth * sizes.outputs))
    }
    return result
  }

  // x (rows, height, width, channels) → y (rows, outHeight, outWidth, outputs), this part's share
  func forward(
    _ run: Execution, _ bias: UnsafePointer<Float>?, _ prepared: UnsafePointer<Float>?
  ) {
    // If the number of workers has changed since the initializer, one worker computes all rows.
    let parts = run.parts == whole.count ? run.parts : 1
    guard run.part < parts else { return }
    if slices.isEmpty || parts == 1 || run.rows >= parts {
      let rows = run.rows * run.part / parts..<run.rows * (run.part + 1) / parts
      guard !rows.isEmpty else { return }
      whole[run.part].forward(
        rows.count, run.input(0) + rows.lowerBound * sizes.inputCount, run.input(1), bias,
        prepared: prepared,
        run.output + rows.lowerBound * sizes.outputCount)
      return
    }
    let slice = slices[run.part]
    for row in 0..<run.rows {
      slice.runner.forward(
        1, run.input(0) + row * sizes.inputCount + slice.input, run.input(1), bias, prepared: prepared,
        run.output + row * sizes.outputCount + slice.output)
    }
  }
}
