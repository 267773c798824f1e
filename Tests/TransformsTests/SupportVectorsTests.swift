import Platform
import Testing

@testable import Transforms

@Suite("Support vectors")
struct SupportVectorsTests {
  /// Forty points from u' = (137 u + 187) mod 1009, starting at 5: two coordinates from -1 to 1 and a number that
  /// determines the set.
  private static let made: (points: [Float], isFirst: [Bool]) = {
    var state = 5
    let values = (0..<120).map { _ -> Double in
      state = (137 * state + 187) % 1009
      return Double(state) / 1009
    }
    let coordinates: [Float] = values.map { Float($0 * 2 - 1) }
    let points: [Float] = (0..<80).map { coordinates[$0 / 2 * 3 + $0 % 2] }
    let isFirst = (0..<40).map { row -> Bool in
      let sum = Double(points[2 * row]) + 0.5 * Double(points[2 * row + 1])
      return sum + 0.6 * (values[3 * row + 2] - 0.5) > 0.45
    }
    return (points, isFirst)
  }()

  private static func machine(_ gamma: Double) throws -> SupportVectors {
    try SupportVectors(
      Buffer(copying: made.points), width: 2, isFirst: made.isFirst, gamma: gamma, tolerance: 1e-6)
  }

  @Test(
    "Multipliers and support vectors are those of scikit-learn's SVC (1.9.1, LIBSVM, tolerance 1e-6)")
  func scikit() throws {
    #expect(Self.made.isFirst.count { $0 } == 13)
    let wide = try Self.machine(0.5)
    let support = [1, 5, 6, 8, 9, 10, 12, 14, 15, 16, 21, 25, 27, 28, 29, 30, 32, 35, 39]
    #expect(wide.support == support)
    for (place, value) in [(1, 0.166393), (16, 0.833607)] {
      #expect(abs(wide.multipliers[place] - value) < 1e-4)
    }
    #expect(support.count { wide.multipliers[$0] == 1 } == 17)
    let narrow = try Self.machine(2)
    for (place, value) in [(9, 0.070755), (18, 0.20727), (20, 0.388715), (27, 0.958318), (16, 0.518882)] {
      #expect(abs(narrow.multipliers[place] - value) < 1e-4)
    }
    #expect(
      narrow.support == [1, 5, 6, 8, 9, 12, 14, 15, 16, 18, 20, 21, 24, 25, 27, 29, 30, 32, 35])
  }

  @Test("The width of the kernel by hand: two coordinates, variance 1")
  func gamma() throws {
    #expect(SupportVectors.gamma(try Buffer(copying: [Float](arrayLiteral: 1, -1, 1, -1)), width: 2) == 0.5)
    #expect(SupportVectors.gamma(try Buffer(copying: [Float](arrayLiteral: 3, 3)), width: 2) == 0.5)
  }
}
