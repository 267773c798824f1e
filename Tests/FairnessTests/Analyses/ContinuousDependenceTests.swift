import Fairness
import Testing

@Suite("Dependence on a continuous attribute")
struct ContinuousDependenceTests {
  let x = (0..<200).map { Double($0 * 37 % 101) }
  let y: [Double]
  init() {
    y = x.enumerated().map {
      Double($0.offset * $0.offset * 13 % 97) + ($0.element - 50) * ($0.element - 50) / 50
    }
  }

  private func expect(_ found: MetricValue, _ expected: Double) {
    #expect(abs((found.number(.undefined) ?? .nan) - expected) < 1e-12)
  }

  @Test("Correlations of SciPy 1.17.1, and distance correlation and singular values by numpy")
  func literals() {
    let found = ContinuousDependence(
      x, y, [Double](repeating: 1, count: 200), sample: Array(0..<200), bins: 10)
    expect(found.pearson, 0.0750979508854048)
    expect(found.spearman, 0.0782683472716914)
    expect(found.distanceCorrelation, 0.2512622573836727)
    #expect(abs(found.maximalCorrelation.number(.undefined)! - 0.57088037) < 1e-8)
  }

  @Test("A weight of k is the row k times (literals of the repeated rows)")
  func weights() {
    let found = ContinuousDependence(
      x, y, (0..<200).map { Double(1 + $0 % 3) }, sample: Array(0..<200), bins: 10)
    expect(found.pearson, 0.08358569040906465)
    expect(found.spearman, 0.0814693152719599)
    expect(found.distanceCorrelation, 0.25183750400030647)
  }

  @Test("A parabola: no correlation, but dependence; and constants have none")
  func parabola() {
    let line = (-50...50).map { Double($0) }
    let ones = [Double](repeating: 1, count: 101)
    let found = ContinuousDependence(line, line.map { $0 * $0 }, ones, sample: Array(0..<101), bins: 10)
    expect(found.pearson, 0)
    #expect(found.distanceCorrelation.number(.undefined)! > 0.4)
    #expect(found.maximalCorrelation.number(.undefined)! > 0.95)
    let constant = ContinuousDependence(line, ones, ones, sample: Array(0..<101), bins: 10)
    for value in [
      constant.pearson, constant.spearman, constant.distanceCorrelation, constant.maximalCorrelation,
    ] {
      #expect(value.number(.undefined) == nil)
    }
  }
}
