import Platform

extension Document.Figure {
  /// One cell for each combination of two attributes' groups; higher rates are darker.
  static func heatMap(
    _ attribute: AuditReport.Attribute, _ metric: String, _ words: Glossary
  ) -> Document.Figure? {
    let names = NameList.names(in: attribute.name)
    guard names.count == 2 else { return nil }
    var cells: [Cell] = []
    for group in attribute.groups {
      // If a group's name contains commas, its two parts cannot be determined.
      let parts = group.name.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { return nil }
      let value = group.metric(metric)
      cells.append(
        Cell(
          row: parts[0], column: parts[1], value: value, count: group.count,
          shown: value.map { words.value($0, of: metric) } ?? "no value"))
    }
    func distinct(_ values: [String]) -> [String] {
      var met: [String] = []
      for value in values where !met.contains(value) { met.append(value) }
      return met
    }
    let (rows, columns) = (distinct(cells.map(\.row)), distinct(cells.map(\.column)))
    let values = cells.compactMap(\.value)
    guard rows.count <= 20, columns.count <= 10, let least = values.min(), let most = values.max() else {
      return nil
    }
    func shade(_ value: Double) -> Double {
      0.06 + 0.34 * (most > least ? (value - least) / (most - least) : 0.5)
    }
    return Document.Figure(
      title: "\(words.title(metric).capitalizedFirst) by \(attribute.title)",
      sentence: widest(metric, attribute, words)
        + " Darker cells have higher rates; n is the number of people.",
      alternative: cells.map { "\($0.row) and \($0.column): \($0.shown)" }.joined(separator: ", ")
    ) { $0 == .wide ? table(cells, rows, columns, shade) : list(cells, shade) }
  }

  private struct Cell {
    let row: String
    let column: String
    let value: Double?
    let count: Int
    let shown: String
  }

  private static func table(
    _ cells: [Cell], _ rows: [String], _ columns: [String], _ shade: (Double) -> Double
  ) -> Drawing {
    let (left, top, width, height) = (
      150.0, 36.0, max(64.0, min(120.0, 480 / Double(max(1, columns.count)))), 46.0
    )
    var drawing = Drawing(
      width: max(640, left + width * Double(columns.count)), height: top + height * Double(rows.count) + 8)
    for (index, column) in columns.enumerated() {
      drawing.text(column.shortened(to: 14), left + width * (Double(index) + 0.5), top - 10, .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = top + height * Double(index)
      drawing.text(row.shortened(to: 18), left - 12, y + height / 2 + 4, .end)
      for (position, column) in columns.enumerated() {
        let x = left + width * Double(position)
        guard let cell = cells.first(where: { $0.row == row && $0.column == column }) else { continue }
        if let value = cell.value {
          drawing.rectangle(x + 1, y + 1, width - 2, height - 2, series: 0, opacity: shade(value))
        }
        drawing.text(
          cell.shown, x + width / 2, y + 20, .middle, style: cell.value == nil ? "tick" : "strong")
        drawing.text("n = \(NumberText.count(cell.count))", x + width / 2, y + 36, .middle, style: "tick")
      }
    }
    return drawing
  }

  /// One line for each cell.
  private static func list(_ cells: [Cell], _ shade: (Double) -> Double) -> Drawing {
    let (width, height) = (Document.Layout.narrowWidth, 42.0)
    var drawing = Drawing(width: width, height: height * Double(cells.count))
    for (index, cell) in cells.enumerated() {
      let y = height * Double(index)
      if let value = cell.value {
        drawing.rectangle(0, y + 1, width, height - 2, series: 0, opacity: shade(value))
      }
      drawing.text("\(cell.row), \(cell.column)".shortened(to: 28), 8, y + 26)
      drawing.text(cell.shown, width - 8, y + 18, .end, style: cell.value == nil ? "tick" : "strong")
      drawing.text("n = \(NumberText.count(cell.count))", width - 8, y + 34, .end, style: "tick")
    }
    return drawing
  }
}
