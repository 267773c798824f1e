import COneDNN
import Platform

/// One direction of a convolution for a number of rows, with the layout that it needs for the weights.
struct ConvolutionPrimitive {
  enum Direction { case forward, data, weights }

  private let primitive: BackendPrimitive
  /// Copies weights from the file's layout to the primitive's, or gradients back; nil where both are the
  /// same.
  private let reordering: BackendPrimitive?
  private let weightLayout: BackendPrimitive.Layout
  /// Whether weights that were laid out when the model was loaded can be used without another copy.
  let hasPreparedLayout: Bool
  private let hasBias: Bool

  /// - Parameter whole: the sizes for which the weights were laid out; nil for `sizes`.
  init(
    _ direction: Direction, _ sizes: ConvolutionSizes, laidOutFor whole: ConvolutionSizes? = nil, _ rows: Int,
    relu: Bool, hasBias: Bool
  ) throws {
    let plain = try Self.plainWeights(sizes)
    let description: dnnl_primitive_desc_t
    switch direction {
    case .forward:
      let preferred = try Self.preferredWeights(whole ?? sizes)
      // Use weights that are already laid out, unless the primitive for this number of rows cannot read them.
      if let found = try? Self.forward(sizes, rows, relu: relu, hasBias: hasBias, weights: preferred) {
        description = found
      } else {
        description = try Self.forward(
          sizes, rows, relu: relu, hasBias: hasBias, weights: Self.weights(sizes, dnnl_format_tag_any))
      }
    case .data: description = try Self.backwardData(sizes, rows)
    case .weights: description = try Self.backwardWeights(sizes, rows)
    }
    func layout(_ query: dnnl_query_t) -> BackendPrimitive.Layout {
      dnnl_primitive_desc_query_md(description, query, 0)?.pointee ?? dnnl_memory_desc_t()
    }
    let operands: [(Int32, BackendPrimitive.Layout)]
    switch direction {
    case .forward:
      weightLayout = layout(dnnl_query_weights_md)
      let bias = try Self.vector(sizes.outputs)
      operands =
        [
          (DNNL_ARG_SRC, layout(dnnl_query_src_md)), (DNNL_ARG_WEIGHTS, weightLayout),
          (DNNL_ARG_DST, layout(dnnl_query_dst_md)),
        ] + (hasBias ? [(DNNL_ARG_BIAS, bias)] : [])
    case .data:
      weightLayout = layout(dnnl_query_weights_md)
      operands = [
        (DNNL_ARG_DIFF_DST, layout(dnnl_query_diff_dst_md)), (DNNL_ARG_WEIGHTS, weightLayout),
        (DNNL_ARG_DIFF_SRC, layout(dnnl_query_diff_src_md)),
      ]
    case .weights:
      weightLayout = layout(dnnl_query_diff_weights_md)
      operands = [
        (DNNL_ARG_SRC, layout(dnnl_query_src_md)), (DNNL_ARG_DIFF_DST, layout(dnnl_query_diff_dst_md)),
        (DNNL_ARG_DIFF_WEIGHTS, weightLayout),
      ]
    }
    self.hasBias = hasBias && direction == .forward
    hasPreparedLayout =
      try direction == .forward
      && BackendPrimitive.areEqual(weightLayout, Self.preferredWeights(whole ?? sizes))
    primitive = try BackendPrimitive(description, operands)
    if BackendPrimitive.areEqual(weightLayout, plain) {
      reordering = nil
    } else if direction == .weights {
      reordering = try .reordering(from: weightLayout, to: plain)
    } else {
      reordering = try .reordering(from: plain, to: weightLayout)
    }
  }

  /// Floats of the weights in this computation's layout.
  var packedCount: Int { BackendPrimitive.count(weightLayout) }
  var scratchCount: Int { max(primitive.scratchCount, reordering?.scratchCount ?? 0) }

  // MARK: Running

  func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ stream: dnnl_stream_t?
  ) {
    copy(weights, packed, scratch: scratch, stream)
  }

  /// Copies gradients of the weights to the file's layout.
  func unpack(
    _ packed: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ stream: dnnl_stream_t?
  ) {
    copy(packed, weights, scratch: scratch, stream)
  }

  private func copy(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ stream: dnnl_stream_t?
  ) {
    guard let reordering else { return target.update(from: source, count: packedCount) }
    reordering.bind(0, source)
    reordering.bind(1, target)
    reordering.run(scratch: scratch, on: stream)
  }

  func run(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ result: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, _ stream: dnnl_stream_t?
  ) {
    if hasBias { primitive.bind(3, bias) }
    run(first, second, result, scratch: scratch, stream)
  }

  func run(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ stream: dnnl_stream_t?
  ) {
    primitive.bind(0, first)
    primitive.bind(1, second)
    primitive.bind(2, result)
    primitive.run(scratch: scratch, on: stream)
  }

  // MARK: Layouts

  private static func layout(
    _ dimensions: [Int], _ tag: dnnl_format_tag_t
  ) throws -> BackendPrimitive.Layout {
    var (result, sizes) = (dnnl_memory_desc_t(), dimensions.map { Int64($0) })
    guard
      dnnl_memory_desc_init_by_tag(&result, Int32(sizes.count), &sizes, dnnl_f32, tag) == dnnl_success
    else { throw Failure.unsupported("a convolution of these sizes cannot be laid out: \(dimensions)") }
    return result
  }

  private static func vector(_ count: Int) throws -> BackendPrimitive.Layout { try layout([count], dnnl_a) }

  private static func weights(
    _ sizes: ConvolutionSizes, _ tag: dnnl_format_tag_t
  ) throws -> BackendPrimitive.Layout {
    let own = sizes.weightDimensions
    guard sizes.groups > 1 else { return try layout(own, tag) }
    return try layout([sizes.groups, sizes.outputs / sizes.groups] + own.dropFirst(), tag)
  }

  private static func plainWeights(_ sizes: ConvolutionSizes) throws -> BackendPrimitive.Layout {
    try weights(sizes, sizes.groups > 1 ? dnnl_abcde : dnnl_abcd)
  }

  /// The layout of weights that prediction prepares: the best one for a few rows.
  static func preferredWeights(_ sizes: ConvolutionSizes) throws -> BackendPrimitive.Layout {
    let description = try forward(
      sizes, 4, relu: false, hasBias: true, weights: weights(sizes, dnnl_format_tag_any))
    defer { dnnl_primitive_desc_destroy(description) }
    return dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0)?.pointee
      ?? dnnl_memory_desc_t()
  }

  /// Copies weights from the file's layout to the layout that prediction prefers.
  static func prepare(
    _ sizes: ConvolutionSizes, _ weights: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>
  ) throws {
    // If memory ran out, the size of `prepared` may have been computed for another layout.
    try Memory.check()
    let reordering = try BackendPrimitive.reordering(
      from: plainWeights(sizes), to: preferredWeights(sizes))
    var stream: dnnl_stream_t?
    Backend.expect(contained_stream_create(&stream, BackendPrimitive.engine))
    try Memory.check()
    defer { dnnl_stream_destroy(stream) }
    let scratch = try Buffer<Float>(count: reordering.scratchCount)
    reordering.bind(0, weights)
    reordering.bind(1, prepared)
    reordering.run(scratch: scratch.pointer, on: stream)
    Backend.expect(contained_stream_wait(stream))
  }

  // MARK: Descriptions

  private static func images(
    _ rows: Int, _ height: Int, _ width: Int, _ channels: Int
  ) throws -> BackendPrimitive.Layout {
    // oneDNN names the dimensions channels first, and this order in memory "acdb".
    try layout([rows, channels, height, width], dnnl_acdb)
  }

  /// Strides, dilations (0 for none) and the padding before and after, in oneDNN's form.
  private struct Steps {
    var strides: [Int64]
    var dilations: [Int64]
    var before: [Int64]
    var after: [Int64]
    init(_ sizes: ConvolutionSizes) {
      strides = sizes.strides.map { Int64($0) }
      dilations = sizes.dilations.map { Int64($0 - 1) }
      before = sizes.padding.prefix(2).map { Int64($0) }
      after = sizes.padding.suffix(2).map { Int64($0) }
    }
  }

  private static func forward(
    _ sizes: ConvolutionSizes, _ rows: Int, relu: Bool, hasBias: Bool, weights: BackendPrimitive.Layout
  ) throws -> dnnl_primitive_desc_t {
    var source = try images(rows, sizes.height, sizes.width, sizes.channels)
    var target = try images(rows, sizes.outHeight, sizes.outWidth, sizes.outputs)
    var (weights, bias, steps) = (weights, try vector(sizes.outputs), Steps(sizes))
    var descriptor = dnnl_convolution_desc_t()
    let attributes = try BackendPrimitive.userScratch()
    defer { dnnl_primitive_attr_destroy(attributes) }
    if relu, contained_attr_append_relu(attributes) != dnnl_success {
      throw Failure.outOfMemory(bytes: 0, for: "a computation's attributes")
    }
    let status = withUnsafePointer(to: &bias) { bias in
      dnnl_dilated_convolution_forward_desc_init(
        &descriptor, dnnl_forward_inference, dnnl_convolution_direct, &source, &weights, hasBias ? bias : nil,
        &target, &steps.strides, &steps.dilations, &steps.before, &steps.after)
    }
    return try described(status, &descriptor, attributes, hint: nil)
  }

  private static func backwardData(_ sizes: ConvolutionSizes, _ rows: Int) throws -> dnnl_primitive_desc_t {
    var source = try images(rows, sizes.height, sizes.width, sizes.channels)
    var target = try images(rows, sizes.outHeight, sizes.outWidth, sizes.outputs)
    var (weights, steps) = (try weights(sizes, dnnl_format_tag_any), Steps(sizes))
    var descriptor = dnnl_convolution_desc_t()
    let status = dnnl_dilated_convolution_backward_data_desc_init(
      &descriptor, dnnl_convolution_direct, &source, &weights, &target, &steps.strides, &steps.dilations,
      &steps.before, &steps.after)
    return try backward(sizes, rows, status, &descriptor)
  }

  private static func backwardWeights(_ sizes: ConvolutionSizes, _ rows: Int) throws
    -> dnnl_primitive_desc_t
  {
    var source = try images(rows, sizes.height, sizes.width, sizes.channels)
    var target = try images(rows, sizes.outHeight, sizes.outWidth, sizes.outputs)
    var (weights, steps) = (try weights(sizes, dnnl_format_tag_any), Steps(sizes))
    var descriptor = dnnl_convolution_desc_t()
    let status = dnnl_dilated_convolution_backward_weights_desc_init(
      &descriptor, dnnl_convolution_direct, &source, &weights, nil, &target, &steps.strides, &steps.dilations,
      &steps.before, &steps.after)
    return try backward(sizes, rows, status, &descriptor)
  }

  /// A description of a backward primitive. oneDNN requires that of the forward primitive as a hint.
  private static func backward(
    _ sizes: ConvolutionSizes, _ rows: Int, _ status: dnnl_status_t,
    _ descriptor: inout dnnl_convolution_desc_t
  ) throws -> dnnl_primitive_desc_t {
    let hint = try forward(
      sizes, rows, relu: false, hasBias: false, weights: weights(sizes, dnnl_format_tag_any))
    defer { dnnl_primitive_desc_destroy(hint) }
    let attributes = try BackendPrimitive.userScratch()
    defer { dnnl_primitive_attr_destroy(attributes) }
    return try described(status, &descriptor, attributes, hint: hint)
  }

  private static func described(
    _ status: dnnl_status_t, _ descriptor: inout dnnl_convolution_desc_t,
    _ attributes: dnnl_primitive_attr_t?,
    hint: dnnl_primitive_desc_t?
  ) throws -> dnnl_primitive_desc_t {
    var (result, status) = (dnnl_primitive_desc_t(bitPattern: 0), status)
    // A primitive stores the number of threads at its creation. Each worker runs it on one thread.
    Backend.onThisThread {
      guard status == dnnl_success else { return }
      status = contained_primitive_desc_create(
        &result, &descriptor, attributes, BackendPrimitive.engine, hint)
    }
    if status == dnnl_out_of_memory { throw Failure.outOfMemory(bytes: 0, for: "a convolution") }
    guard let result else { throw Failure.unsupported("a convolution of these sizes is not computed") }
    return result
  }
}
