import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Regions of images at positions that are inputs.
enum ONNXRegions {
  static let table: [String: ONNXInterpreted.Function] = [
    "RoiAlign": roiAlign, "GridSample": { try ONNXGridSample($0).outputs() },
    "NonMaxSuppression": suppression,
  ]

  /// Bilinear interpolation of four pixels; 0 at more than one pixel outside the image.
  private static func bilinear(
    _ x: ONNXArray, _ plane: Int, _ height: Int, _ width: Int, _ y: Double, _ at: Double
  ) -> (value: Double, largest: Double) {
    guard y >= -1, y <= Double(height), at >= -1, at <= Double(width) else { return (0, 0) }
    let (row, column) = (min(max(y, 0), Double(height - 1)), min(max(at, 0), Double(width - 1)))
    let (top, left) = (Int(row), Int(column))
    let (bottom, right) = (min(top + 1, height - 1), min(left + 1, width - 1))
    let (down, across) = (row - Double(top), column - Double(left))
    let parts = [
      (1 - down) * (1 - across) * x[plane + top * width + left],
      (1 - down) * across * x[plane + top * width + right],
      down * (1 - across) * x[plane + bottom * width + left],
      down * across * x[plane + bottom * width + right],
    ]
    return (parts.reduce(0, +), parts.max() ?? 0)
  }

  /// Mask R-CNN's region alignment (He et al. 2017).
  private static func roiAlign(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, regions, batches) = (try call.input(0), try call.input(1), try call.input(2))
    let (high, wide) = (try call.integer("output_height", 1), try call.integer("output_width", 1))
    let ratio = try call.integer("sampling_ratio", 0)
    let scale = Double(try call.float("spatial_scale", 1))
    let half =
      try call.string("coordinate_transformation_mode", call.opset < 16 ? "output_half_pixel" : "half_pixel")
      == "half_pixel"
    let isLargest = try call.string("mode", "avg") == "max"
    guard x.rank == 4, regions.rank == 2, regions.dimensions[1] == 4, batches.count == regions.dimensions[0],
      (1...1 << 12).contains(high), (1...1 << 12).contains(wide), (0...64).contains(ratio),
      batches.integers.allSatisfy({ (0..<x.dimensions[0]).contains($0) })
    else { throw call.invalid("its regions do not fit \(x.dimensions)") }
    let (channels, height, width) = (x.dimensions[1], x.dimensions[2], x.dimensions[3])
    try call.limitWork(regions.dimensions[0], channels, high, wide, ratio > 0 ? ratio * ratio : 1024)
    return [
      try ONNXArray([regions.dimensions[0], channels, high, wide], x.element) { index in
        let (column, row) = (index % wide, index / wide % high)
        let (channel, region) = (index / (wide * high) % channels, index / (wide * high * channels))
        let shift = half ? 0.5 : 0
        let corners = (0..<4).map { regions[region * 4 + $0] * scale - shift }
        var (w, h) = (corners[2] - corners[0], corners[3] - corners[1])
        if !half { (w, h) = (max(w, 1), max(h, 1)) }
        let (binHeight, binWidth) = (h / Double(high), w / Double(wide))
        let rows =
          ratio > 0
          ? ratio : min(max(Int(clamping: ONNXArray.Element.whole(binHeight.rounded(.up))), 1), 1024)
        let columns =
          ratio > 0 ? ratio : min(max(Int(clamping: ONNXArray.Element.whole(binWidth.rounded(.up))), 1), 1024)
        let plane = (batches.integers[region] * channels + channel) * height * width
        var (sum, largest) = (0.0, -Double.infinity)
        for i in 0..<rows {
          let y = corners[1] + Double(row) * binHeight + (Double(i) + 0.5) * binHeight / Double(rows)
          for j in 0..<columns {
            let at = corners[0] + Double(column) * binWidth + (Double(j) + 0.5) * binWidth / Double(columns)
            let sample = bilinear(x, plane, height, width, y, at)
            sum += sample.value
            largest = max(largest, sample.largest)
          }
        }
        return isLargest ? largest : sum / Double(rows * columns)
      }
    ]
  }

  /// Boxes in descending order of score, without those that overlap a better one.
  private static func suppression(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (boxes, scores) = (try call.input(0), try call.input(1))
    guard boxes.rank == 3, scores.rank == 3, boxes.dimensions[2] == 4,
      scores.dimensions[2] == boxes.dimensions[1],
      scores.dimensions[0] == boxes.dimensions[0]
    else { throw call.invalid("its boxes \(boxes.dimensions) do not fit its scores \(scores.dimensions)") }
    let most = call.optional(2)?.integers.first ?? 0
    let (overlap, least) = (call.optional(3)?.first ?? 0, call.optional(4)?.first)
    let centred = try call.integer("center_point_box", 0) != 0
    let count = boxes.dimensions[1]
    try call.limitWork(boxes.dimensions[0], scores.dimensions[1], count, count)
    func box(_ batch: Int, _ index: Int) -> (top: Double, left: Double, bottom: Double, right: Double) {
      let v = (0..<4).map { boxes[(batch * count + index) * 4 + $0] }
      if centred { return (v[1] - v[3] / 2, v[0] - v[2] / 2, v[1] + v[3] / 2, v[0] + v[2] / 2) }
      return (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
    }
    func shared(_ batch: Int, _ i: Int, _ j: Int) -> Double {
      let (a, b) = (box(batch, i), box(batch, j))
      let height = max(min(a.bottom, b.bottom) - max(a.top, b.top), 0)
      let both = height * max(min(a.right, b.right) - max(a.left, b.left), 0)
      let all =
        (a.bottom - a.top) * (a.right - a.left) + (b.bottom - b.top) * (b.right - b.left) - both
      return all > 0 ? both / all : 0
    }
    var chosen: [Int] = []
    for batch in 0..<boxes.dimensions[0] {
      for kind in 0..<scores.dimensions[1] {
        let start = (batch * scores.dimensions[1] + kind) * count
        let order = (0..<count).filter { least == nil || scores[start + $0] > (least ?? 0) }
          .sorted {
            scores[start + $0] > scores[start + $1] || scores[start + $0] == scores[start + $1] && $0 < $1
          }
        var kept: [Int] = []
        for index in order where kept.count < most {
          if kept.allSatisfy({ shared(batch, index, $0) <= overlap }) { kept.append(index) }
        }
        for index in kept { chosen += [batch, kind, index] }
      }
    }
    return [try .integers(chosen, [chosen.count / 3, 3])]
  }
}
