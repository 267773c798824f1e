import EngineKernels

/// A 3 × 3 convolution with stride 1, which prediction computes with a quarter of the multiplications (Lavin
/// and Gray 2016); see winograd.h.
struct WinogradConvolution: Sendable {
  private let kernel: winograd

  /// nil where the direct computation is as fast. With few channels the transforms cost more than they save;
  /// with few tiles an image does not repay reading the larger transformed weights.
  init?(_ sizes: ConvolutionSizes, relu: Bool) {
    let lanes = Int(WINOGRAD_LANES)
    guard sizes.kernel == [3, 3], sizes.strides == [1, 1], sizes.dilations == [1, 1], sizes.groups == 1,
      sizes.channels % lanes == 0, sizes.outputs % lanes == 0, min(sizes.channels, sizes.outputs) >= 2 * lanes
    else { return nil }
    kernel = winograd(
      height: sizes.height, width: sizes.width, channels: sizes.channels, out_height: sizes.outHeight,
      out_width: sizes.outWidth, outputs: sizes.outputs, top: sizes.padding[0], left: sizes.padding[1],
      relu: relu)
    guard withUnsafePointer(to: kernel, { winograd_tiles($0) }) >= 9 else { return nil }
  }

  var preparedCount: Int { winograd_packed_count(kernel.channels, kernel.outputs) }
  var scratchCount: Int { withUnsafePointer(to: kernel) { winograd_scratch_count($0) } }

  func prepare(_ weights: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    winograd_pack(weights, kernel.channels, kernel.outputs, prepared)
  }

  // x (rows, height, width, channels) → y (rows, outHeight, outWidth, outputs), the tiles of this part only
  func forward(_ run: Execution, _ bias: UnsafePointer<Float>?, _ prepared: UnsafePointer<Float>) {
    withUnsafePointer(to: kernel) {
      winograd_forward(
        $0, run.input(0), run.rows, run.part, run.parts, prepared, bias, run.scratch, run.output)
    }
  }
}
