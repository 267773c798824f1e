/// All figures of a document in one drawing, stacked vertically, each with its title and sentence.
struct SVGWriter {
  private static let width = 680.0
  private static let characters = 96

  func text(_ document: Document) -> String {
    var drawing = Drawing(width: Self.width, height: 0)
    var y = 36.0
    drawing.text(document.title.shortened(to: 60), 16, y, style: "title")
    y += 16
    for block in document.blocks {
      switch block {
      case .verdict(let verdict):
        drawing.text(verdict.headline.shortened(to: 80), 16, y + 14, style: "strong")
        y += 22
        for reason in verdict.reasons.prefix(8) {
          for line in lines(reason) {
            drawing.text(line, 16, y + 14)
            y += 18
          }
        }
        y += 14
      case .figure(let figure):
        drawing.text(figure.title.shortened(to: 80), 16, y + 18, style: "strong")
        y += 30
        let scale = min(1, (Self.width - 32) / figure.drawing.width)
        drawing.place(figure.drawing, 16, y, scale: scale)
        y += figure.drawing.height * scale + 12
        for line in lines(figure.sentence) {
          drawing.text(line, 16, y + 12)
          y += 18
        }
        y += 24
      default: break
      }
    }
    return drawing.standalone(height: y, title: document.title)
  }

  /// The text broken into lines that fit the width.
  private func lines(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > Self.characters {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + String(word).shortened(to: Self.characters)
    }
    return line.isEmpty ? lines : lines + [line]
  }
}

extension Drawing {
  /// The drawing as a separate file.
  func standalone(height: Double, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(NumberText.fixed(width, places: 0)) \
    \(NumberText.fixed(height, places: 0))" width="\(NumberText.fixed(width, places: 0))" \
    height="\(NumberText.fixed(height, places: 0))" role="img" aria-label="\(title.escaped)">
    <title>\(title.escaped)</title>
    <style>\(StyleSheet.drawing)</style>
    <rect class="page" width="100%" height="100%"/>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }

  /// The drawing inside a page that has the style sheet.
  ///
  /// - Parameter description: the text alternative for screen readers.
  func embedded(description: String) -> String {
    """
    <svg viewBox="0 0 \(NumberText.fixed(width, places: 0)) \(NumberText.fixed(height, places: 0))" role="img" \
    aria-label="\(description.escaped)" style="max-width:\(NumberText.fixed(width, places: 0))px">
    \(elements.joined(separator: "\n"))
    </svg>
    """
  }
}
