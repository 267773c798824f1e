import EngineKernels
import Platform
import Testing

/// A buffer of NaN, so that an element that is not written makes the test fail.
private func unwritten(_ count: Int) throws -> Buffer<Float> {
  try Buffer(copying: [Float](repeating: .nan, count: count))
}

@Suite("Small products")
struct SmallProductsTests {
  // Every remainder of lines (8, 4, 1) and of columns (32, 16, fewer), with and without preceding lines.
  @Test(
    "Scores, sums and their transposes are the definition's",
    arguments: [
      [1, 1, 1, 0], [5, 9, 4, 2], [8, 16, 16, 0], [23, 40, 20, 3], [37, 70, 48, 5], [12, 31, 33, 1],
    ])
  func definition(sizes: [Int]) throws {
    let (rows, tokens, size, before) = (sizes[0], sizes[1], sizes[2], sizes[3])
    let (width, columns) = (size + 3, before + tokens)
    let (line, panel) = ((columns + 15) / 16 * 16, Int(SMALL_PRODUCT_PANEL))
    let queries = try wholeNumbers(rows * width, 1)
    let keys = try wholeNumbers(columns * width, 2)
    func query(_ row: Int, _ place: Int) -> Float { queries.elements[row * width + place] }
    func key(_ column: Int, _ place: Int) -> Float { keys.elements[column * width + place] }

    let panels = try unwritten((columns + panel - 1) / panel * panel * size)
    let scores = try unwritten(rows * line)
    let sums = try Buffer(copying: [Float](repeating: 1, count: rows * width))
    let transposed = try unwritten(columns * width)
    small_product_panels(
      keys.pointer, before, keys.pointer + before * width, tokens, width, size, panels.pointer)
    small_product(
      rows, line, size, small_factor(values: queries.pointer, line: width, other: 1),
      small_factor(values: panels.pointer, line: panel, other: panel * size), scores.pointer, line, false)
    small_product(
      rows, size, columns, small_factor(values: scores.pointer, line: line, other: 1),
      small_factor(values: keys.pointer, line: width, other: panel), sums.pointer, width, true)
    small_product(
      columns, size, rows, small_factor(values: scores.pointer, line: 1, other: line),
      small_factor(values: queries.pointer, line: width, other: panel), transposed.pointer, width, false)

    for row in 0..<rows {
      for column in 0..<line {
        let expected: Float =
          column < columns ? (0..<size).reduce(0) { $0 + query(row, $1) * key(column, $1) } : 0
        #expect(scores.elements[row * line + column] == expected)
      }
      for place in 0..<width {
        let expected: Float =
          place < size
          ? (0..<columns).reduce(1) { $0 + scores.elements[row * line + $1] * key($1, place) } : 1
        #expect(sums.elements[row * width + place] == expected)
      }
    }
    for column in 0..<columns {
      for place in 0..<size {
        let expected: Float = (0..<rows).reduce(0) {
          $0 + scores.elements[$1 * line + column] * query($1, place)
        }
        #expect(transposed.elements[column * width + place] == expected)
      }
    }
  }
}
