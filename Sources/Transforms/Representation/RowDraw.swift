import Datasets
import Platform

/// A pseudorandom number in [0, 1) that depends only on a row's values, so that equal rows are treated
/// equally.
struct RowDraw {
  private let columns: [Column]
  private let seed: UInt64

  init(_ columns: [Column], seed: UInt64) {
    self.columns = columns.filter { if case .tensor = $0.values { false } else { true } }
    self.seed = seed
  }

  func uniform(_ row: Int) -> Double {
    var state = seed ^ 0xcbf2_9ce4_8422_2325
    func mix(_ value: UInt64) { state = (state ^ value) &* 0x100_0000_01b3 }
    for column in columns {
      if column.isMissing(row) {
        mix(1)
        continue
      }
      switch column.values {
      case .float32(let numbers): mix(Double(numbers.pointer[row]).bitPattern)
      case .float64(let numbers): mix(numbers.pointer[row].bitPattern)
      case .int64(let numbers): mix(UInt64(bitPattern: numbers.pointer[row]))
      case .text(let texts):
        let cell = texts.cell(row)
        for place in 0..<texts.length(row) { mix(UInt64(UInt8(bitPattern: cell[place]))) }
        mix(256)
      case .tensor: break
      }
    }
    var random = RandomStream(seed: state)
    return random.uniform()
  }
}
