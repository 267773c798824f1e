/// A document as one HTML page without scripts, requests or external content. A content security policy in
/// the page forbids them, so that names in the data cannot inject any.
struct HTMLWriter {
  func text(_ document: Document) -> String {
    var body = ""
    var headings: [(id: String, text: String)] = []
    for (index, block) in document.blocks.enumerated() {
      switch block {
      case .heading(let level, let text):
        let level = min(max(level, 2), 6)
        body += "<h\(level) id=\"s\(index)\">\(text.escaped)</h\(level)>\n"
        if level == 2 { headings.append(("s\(index)", text)) }
      case .paragraph(let text): body += "<p>\(text.escaped)</p>\n"
      case .bullets(let items): body += list(items)
      case .verdict(let verdict): body += self.verdict(verdict)
      case .table(let table): body += self.table(table)
      case .figure(let figure): body += self.figure(figure)
      }
    }
    let contents = headings.map { "<li><a href=\"#\($0.id)\">\($0.text.escaped)</a></li>" }.joined()
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(document.title.escaped)</title>
      <style>\(StyleSheet.drawing)\(StyleSheet.page)</style>
      </head>
      <body>
      <a class="skip" href="#content">Skip to the report</a>
      <main id="content">
      <h1>\(document.title.escaped)</h1>
      <nav aria-label="Sections"><ul>\(contents)</ul></nav>
      \(body)<footer>Made by Equipoise. The JSON that this page was made from has every number in full.</footer>
      </main>
      </body>
      </html>

      """
  }

  private func list(_ items: [String]) -> String {
    "<ul>" + items.map { "<li>\($0.escaped)</li>" }.joined(separator: "\n") + "</ul>\n"
  }

  private func verdict(_ verdict: Document.VerdictBox) -> String {
    let style =
      switch verdict.result {
      case .pass: " pass"
      case .fail: " fail"
      case .open: ""
      }
    return "<div class=\"verdict\(style)\"><p>\(verdict.headline.escaped).</p>"
      + (verdict.reasons.isEmpty ? "" : list(verdict.reasons)) + "</div>\n"
  }

  // A table wider than the screen can be scrolled, also with the keyboard.
  private func table(_ table: Document.Table) -> String {
    let columns = table.rows.first?.count ?? 0
    let head = table.head.prefix(columns).map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
    let rows = table.rows.map { row in
      "<tr>"
        + row.enumerated().map { index, cell in
          index == 0
            ? "<th scope=\"row\">\(cell.escaped)</th>"
            : "<td\(cell.count > 40 ? " class=\"words\"" : "")>\(cell.escaped)</td>"
        }.joined() + "</tr>"
    }.joined(separator: "\n")
    let omitted = table.omitted > 0 ? "<p>\(table.omitted) more rows are in the JSON.</p>" : ""
    return """
      <div class="scroll" role="region" aria-label="\(table.caption.escaped)" tabindex="0"><table>
      <caption>\(table.caption.escaped)</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>\(rows)</tbody>
      </table>\(omitted)</div>

      """
  }

  private func figure(_ figure: Document.Figure) -> String {
    """
    <figure>
    <div class="wide">\(figure.drawing.embedded(description: "\(figure.title). \(figure.alternative)"))</div>
    <div class="narrow">\(figure.narrow.embedded(description: "\(figure.title). \(figure.alternative)"))</div>
    <figcaption><strong>\(figure.title.escaped).</strong> \(figure.sentence.escaped)</figcaption>
    </figure>

    """
  }
}
