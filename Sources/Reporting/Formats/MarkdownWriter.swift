/// A document as Markdown: tables and sentences; for a figure, its sentence and its text alternative.
struct MarkdownWriter {
  func text(_ document: Document) -> String {
    var parts = ["# \(plain(document.title))"]
    for block in document.blocks {
      switch block {
      case .heading(let level, let text):
        parts.append(String(repeating: "#", count: level) + " " + plain(text))
      case .paragraph(let text): parts.append(plain(text))
      case .verdict(let verdict):
        parts.append("**\(plain(verdict.headline)).**")
        if !verdict.reasons.isEmpty { parts.append(bullets(verdict.reasons)) }
      case .bullets(let items): parts.append(bullets(items))
      case .figure(let figure): parts.append("*\(plain(figure.title)).* \(plain(figure.sentence))")
      case .table(let table): parts.append(rows(table))
      }
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private func bullets(_ items: [String]) -> String { items.map { "- \(plain($0))" }.joined(separator: "\n") }

  private func rows(_ table: Document.Table) -> String {
    let columns = table.rows.first?.count ?? table.head.count
    var lines = ["**\(plain(table.caption))**", ""]
    lines.append("| " + table.head.prefix(columns).map(plain).joined(separator: " | ") + " |")
    lines.append("|---|" + String(repeating: "---:|", count: max(0, columns - 1)))
    for row in table.rows { lines.append("| " + row.map(plain).joined(separator: " | ") + " |") }
    if table.omitted > 0 { lines += ["", "\(table.omitted) more rows are in the JSON."] }
    return lines.joined(separator: "\n")
  }

  /// Text escaped for Markdown and for HTML inside it.
  private func plain(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\n", "\r", "\r\n": result += " "
      case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "!": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result
  }
}
