import EngineKernels
import Platform
import Testing

@Suite("Packed linear layers")
struct LinearPackedTests {
  // Few and many inputs; outputs in one part and in three; full panels, partial panels, and less than one
  // panel. Numbers of rows with every remainder (8, 4, 2, 1).
  @Test(
    "Outputs are the definition's, and nothing else is written",
    arguments: [[3, 6], [40, 33], [700, 3], [600, 130], [1100, 64]], [1, 2, 7, 8, 15, 40])
  func definition(sizes: [Int], rows: Int) throws {
    let (inputs, outputs) = (sizes[0], sizes[1])
    let x = try wholeNumbers(rows * inputs, 1)
    let weight = try wholeNumbers(outputs * inputs, 2)
    let bias = try wholeNumbers(outputs, 3)
    let packed = try Buffer<Float>(count: linear_packed_count(inputs, outputs))
    let parts = linear_packed_parts(outputs)
    for (isInputMajor, hasBias, relu) in [(false, true, false), (true, false, true)] {
      linear_pack(weight.pointer, isInputMajor, inputs, outputs, packed.pointer)
      // One additional row, which must not be written.
      let y = try Buffer(copying: [Float](repeating: .nan, count: (rows + 1) * outputs))
      for part in 0..<parts {
        linear_packed_forward(
          x.pointer, rows, inputs, packed.pointer, outputs, part, part + 1, hasBias ? bias.pointer : nil,
          relu, y.pointer)
      }
      for row in 0..<rows {
        for output in 0..<outputs {
          let sum = (0..<inputs).reduce(hasBias ? bias.elements[output] : 0) {
            let place = isInputMajor ? $1 * outputs + output : output * inputs + $1
            return $0 + x.elements[row * inputs + $1] * weight.elements[place]
          }
          #expect(y.elements[row * outputs + output] == (relu ? max(sum, 0) : sum))
        }
      }
      let isUnwritten = y.elements[(rows * outputs)...].allSatisfy { $0.isNaN }
      #expect(isUnwritten)
    }
  }
}
