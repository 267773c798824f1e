#if canImport(Glibc)
  import Glibc
#endif

/// Values of images at the positions of a grid: x (batch, channels, height, width), grid (batch, rows,
/// columns, 2).
struct ONNXGridSample {
  private enum Interpolation {
    case nearest, linear, cubic
  }

  private enum Padding {
    case zeros, border, reflection
  }

  private let x: ONNXArray
  private let grid: ONNXArray
  private let interpolation: Interpolation
  private let padding: Padding
  /// Whether −1 and 1 are the centres of the outermost pixels, and not their edges.
  private let alignsCorners: Bool
  private var height: Int { x.dimensions[2] }
  private var width: Int { x.dimensions[3] }

  init(_ call: ONNXEvaluation) throws {
    (x, grid) = (try call.input(0), try call.input(1))
    guard x.rank == 4, grid.rank == 4, grid.dimensions[3] == 2, grid.dimensions[0] == x.dimensions[0] else {
      throw call.unsupported(
        "samples \(x.dimensions) at \(grid.dimensions); images of two dimensions are supported")
    }
    interpolation =
      switch try call.string("mode", "linear") {
      case "nearest": .nearest
      case "bicubic", "cubic": .cubic
      default: .linear
      }
    padding =
      switch try call.string("padding_mode", "zeros") {
      case "border": .border
      case "reflection": .reflection
      default: .zeros
      }
    alignsCorners = try call.integer("align_corners", 0) != 0
  }

  func outputs() throws -> [ONNXArray] {
    let (channels, rows, columns) = (x.dimensions[1], grid.dimensions[1], grid.dimensions[2])
    return [
      try ONNXArray([x.dimensions[0], channels, rows, columns], x.element) { index in
        let (batch, place) = (index / (channels * rows * columns), index % (rows * columns))
        let at = (batch * rows * columns + place) * 2
        return value(
          plane: index / (rows * columns) * height * width, row: unscaled(grid[at + 1], height),
          column: unscaled(grid[at], width))
      }
    ]
  }

  private func value(plane: Int, row: Double, column: Double) -> Double {
    guard row.isFinite, column.isFinite else { return 0 }
    var (row, column) = (row, column)
    if interpolation != .cubic { (row, column) = (padded(row, height), padded(column, width)) }
    guard interpolation != .nearest else {
      return pixel(plane, row.rounded(.toNearestOrEven), column.rounded(.toNearestOrEven))
    }
    let (top, left) = (row.rounded(.down), column.rounded(.down))
    let isCubic = interpolation == .cubic
    var sum = 0.0
    for i in isCubic ? -1...2 : 0...1 {
      for j in isCubic ? -1...2 : 0...1 {
        let (down, across) = (row - top - Double(i), column - left - Double(j))
        let weight =
          isCubic ? Self.cubic(down) * Self.cubic(across) : (1 - abs(down)) * (1 - abs(across))
        sum += weight * pixel(plane, top + Double(i), left + Double(j))
      }
    }
    return sum
  }

  private func pixel(_ plane: Int, _ row: Double, _ column: Double) -> Double {
    var (i, j) = (row, column)
    if padding == .reflection { (i, j) = (reflected(i, height).rounded(), reflected(j, width).rounded()) }
    if padding != .zeros {
      (i, j) = (min(max(i, 0), Double(height - 1)), min(max(j, 0), Double(width - 1)))
    }
    guard i >= 0, j >= 0, i < Double(height), j < Double(width) else { return 0 }
    return x[plane + Int(i) * width + Int(j)]
  }

  /// A position between −1 and 1 in pixels.
  private func unscaled(_ value: Double, _ size: Int) -> Double {
    alignsCorners ? (value + 1) / 2 * Double(size - 1) : ((value + 1) * Double(size) - 1) / 2
  }

  private func padded(_ value: Double, _ size: Int) -> Double {
    switch padding {
    case .zeros: value
    case .border: min(max(value, 0), Double(size - 1))
    case .reflection: reflected(value, size)
    }
  }

  private func reflected(_ value: Double, _ size: Int) -> Double {
    let (low, high) = alignsCorners ? (0.0, Double(size - 1)) : (-0.5, Double(size) - 0.5)
    let range = high - low
    guard range > 0 else { return 0 }
    let offset = fmod(abs(value - low), 2 * range)
    return low + (offset > range ? 2 * range - offset : offset)
  }

  /// The cubic convolution kernel (Keys 1981) with a = −0.75.
  private static func cubic(_ t: Double) -> Double {
    let d = abs(t)
    let a = -0.75
    return d <= 1
      ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }
}
