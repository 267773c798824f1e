/// A drawing in pixels at its natural size. Colours are CSS classes, so that light pages, dark pages and
/// print can define them differently.
struct Drawing {
  let width: Double
  let height: Double
  private(set) var elements: [String] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  enum Anchor: String { case start, middle, end }

  /// The number of colours; further series repeat colours with other dashes.
  static let colours = 6

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    elements.append(
      "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>")
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], series: Int) {
    let path = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
    let dashes = ["", " d1", " d2"]
    elements.append(
      "<polyline class=\"curve s\(series % Self.colours)\(dashes[series % 3])\" points=\"\(path)\"/>")
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, series: Int) {
    elements.append(
      "<circle class=\"f\(series % Self.colours)\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\"/>")
  }

  /// - Parameter opacity: 0 to 1.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, series: Int, opacity: Double = 1
  ) {
    let faint = opacity < 1 ? " fill-opacity=\"\(NumberText.fixed(opacity, places: 2))\"" : ""
    elements.append(
      "<rect class=\"f\(series % Self.colours)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" "
        + "height=\"\(n(height))\"\(faint)/>")
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, style: String = "label"
  ) {
    elements.append(
      "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor.rawValue)\">\(text.escaped)</text>"
    )
  }

  /// Places another drawing inside this one.
  mutating func place(_ other: Drawing, _ x: Double, _ y: Double, scale: Double = 1) {
    let scaled = scale == 1 ? "" : " scale(\(NumberText.fixed(scale, places: 3)))"
    elements.append(
      "<g transform=\"translate(\(n(x)) \(n(y)))\(scaled)\">" + other.elements.joined(separator: "\n")
        + "</g>")
  }

  private func n(_ value: Double) -> String {
    value == value.rounded() ? NumberText.fixed(value, places: 0) : NumberText.fixed(value, places: 1)
  }
}

extension String {
  /// The text escaped for content and attributes of HTML and SVG; characters that these do not allow are
  /// removed.
  var escaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result += " "
      default:
        // Control characters and Unicode noncharacters.
        let value = scalar.value
        let isNone = value < 32 || (127...159).contains(value) || value & 0xfffe == 0xfffe
        if !isNone, !(0xfdd0...0xfdef).contains(value) { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }

  /// At most `most` characters; truncated text ends with an ellipsis.
  func shortened(to most: Int) -> String { count <= most ? self : prefix(max(1, most - 1)) + "…" }
}
