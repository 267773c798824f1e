/// A frame with two axes, and the positions of values in it.
struct Plot {
  private(set) var drawing: Drawing
  private let left: Double
  private let top: Double
  private let innerWidth: Double
  private let innerHeight: Double
  private let xRange: ClosedRange<Double>
  private let yRange: ClosedRange<Double>

  /// - Parameters:
  ///   - legend: the names of the series, drawn on the right, or on phones below.
  ///   - width: the width for wide screens; phones have a fixed width.
  init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, xTitle: String, yTitle: String, legend: [String] = [],
    layout: Document.Layout, width: Double = 360, height: Double = 320
  ) {
    let width = layout.pick(width, Document.Layout.narrowWidth)
    (left, top) = (layout.pick(56, 44), 26)
    (innerWidth, innerHeight) = (width - left - 16, height - top - 48)
    (xRange, yRange) = (x, y)
    let legendHeight = Double(legend.count) * 20
    drawing = Drawing(
      width: width + (legend.isEmpty || layout == .narrow ? 0 : 214),
      height: layout.pick(max(height, legendHeight + 40), height + legendHeight))
    frame(xTitle, yTitle)
    let start = layout.pick((x: width + 4, y: top + 12), (x: left, y: height + 10))
    for (series, name) in legend.enumerated() {
      let y = start.y + Double(series) * 20
      drawing.polyline([(start.x, y - 4), (start.x + 28, y - 4)], series: series)
      drawing.text(name.shortened(to: 22), start.x + 36, y)
    }
  }

  func x(_ value: Double) -> Double {
    left + innerWidth * (value - xRange.lowerBound) / max(xRange.upperBound - xRange.lowerBound, 1e-12)
  }
  func y(_ value: Double) -> Double {
    top + innerHeight * (1 - (value - yRange.lowerBound) / max(yRange.upperBound - yRange.lowerBound, 1e-12))
  }

  private mutating func frame(_ xTitle: String, _ yTitle: String) {
    for tick in Plot.ticks(xRange) {
      drawing.line(x(tick), top, x(tick), top + innerHeight, "grid")
      drawing.text(NumberText.short(tick), x(tick), top + innerHeight + 16, .middle, style: "tick")
    }
    for tick in Plot.ticks(yRange) {
      drawing.line(left, y(tick), left + innerWidth, y(tick), "grid")
      drawing.text(NumberText.short(tick), left - 6, y(tick) + 4, .end, style: "tick")
    }
    drawing.line(left, top + innerHeight, left + innerWidth, top + innerHeight, "axis")
    drawing.line(left, top, left, top + innerHeight, "axis")
    drawing.text(xTitle, left + innerWidth / 2, top + innerHeight + 38, .middle)
    drawing.text(yTitle, 4, top - 12)
  }

  /// About five round values in a range: multiples of 1, 2 or 5 times a power of ten.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [range.lowerBound] }
    var step = 1e-9
    let factors = [2.0, 2.5, 2.0]
    var place = 0
    while span / step > 6, place < 80 {
      step *= factors[place % 3]
      place += 1
    }
    let first = (range.lowerBound / step).rounded(.up)
    return (0..<8).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + step * 1e-9 }
  }

  mutating func curve(_ points: [(x: Double, y: Double)], series: Int) {
    drawing.polyline(points.map { (x($0.x), y($0.y)) }, series: series)
  }
  mutating func point(_ x: Double, _ y: Double, series: Int, name: String? = nil) {
    drawing.circle(self.x(x), self.y(y), radius: 4, series: series)
    guard let name else { return }
    let isRight = self.x(x) > left + innerWidth / 2
    drawing.text(
      name.shortened(to: 24), self.x(x) + (isRight ? -8 : 8), self.y(y) - 6, isRight ? .end : .start)
  }
  mutating func reference(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double)) {
    drawing.line(x(from.x), y(from.y), x(to.x), y(to.y), "reference")
  }
}
