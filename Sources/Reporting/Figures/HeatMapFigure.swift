import Platform

extension Document.Figure {
  /// A cell for each combination of two attributes' groups, darker for higher rates.
  static func heatMap(_ attribute: AuditReport.Attribute, _ metric: String) -> Document.Figure? {
    let names = NameList.names(in: attribute.name)
    guard names.count == 2 else { return nil }
    var cells: [(row: String, column: String, value: Double?, count: Int)] = []
    for group in attribute.groups {
      // A group's name may hold commas itself; then where it is cut is not known.
      let parts = group.name.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { return nil }
      cells.append((parts[0], parts[1], group.metric(metric), group.count))
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
          let share = most > least ? (value - least) / (most - least) : 0.5
          drawing.rectangle(x + 1, y + 1, width - 2, height - 2, series: 0, opacity: 0.06 + 0.34 * share)
          drawing.text(PlainWords.value(value, of: metric), x + width / 2, y + 20, .middle, style: "strong")
        } else {
          drawing.text("no value", x + width / 2, y + 20, .middle, style: "tick")
        }
        drawing.text("n = \(NumberText.count(cell.count))", x + width / 2, y + 36, .middle, style: "tick")
      }
    }
    return Document.Figure(
      title: "\(PlainWords.title(metric).capitalizedFirst) by \(attribute.title)",
      sentence: widest(metric, attribute) + " Darker cells have higher rates; n is the number of people.",
      alternative: cells.map { cell in
        "\(cell.row) and \(cell.column): \(cell.value.map { PlainWords.value($0, of: metric) } ?? "no value")"
      }.joined(separator: ", "),
      drawing: drawing)
  }
}
