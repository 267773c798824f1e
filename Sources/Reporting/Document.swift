/// The content of a page independent of its format (HTML, Markdown or SVG): blocks in reading order.
struct Document {
  var title: String
  var blocks: [Block] = []
  /// The glossary of the report from which the document is made.
  var words = Glossary.none

  enum Block {
    /// Level 2 or 3; the title is level 1.
    case heading(level: Int, String)
    case paragraph(String)
    case verdict(VerdictBox)
    case bullets([String])
    case table(Table)
    case figure(Figure)
  }

  /// The verdict, which readers look for first.
  struct VerdictBox {
    enum Result { case pass, fail, open }
    let result: Result
    let headline: String
    let reasons: [String]
  }

  /// The first column names the rows; the other cells are numbers or words.
  struct Table {
    let caption: String
    let head: [String]
    let rows: [[String]]
    /// The number of rows that were left out because there are too many.
    var omitted = 0
  }

  /// A drawing, a sentence that describes it, and a text alternative.
  struct Figure {
    let title: String
    let sentence: String
    let alternative: String
    /// For wide screens and paper.
    let drawing: Drawing
    /// For phones; the letters have the same size.
    let narrow: Drawing

    init(title: String, sentence: String, alternative: String, draw: (Layout) -> Drawing) {
      (self.title, self.sentence, self.alternative) = (title, sentence, alternative)
      (drawing, narrow) = (draw(.wide), draw(.narrow))
    }
  }

  /// The space available to a drawing.
  enum Layout {
    case wide
    /// 292 pixels, for a phone of 320.
    case narrow

    static let narrowWidth = 292.0

    /// - Returns: `wide` on wide screens, `narrow` on phones.
    func pick<Value>(_ wide: Value, _ narrow: Value) -> Value { self == .wide ? wide : narrow }
  }

  mutating func add(_ block: Block) { blocks.append(block) }
  mutating func add(_ figure: Figure?) { if let figure { blocks.append(.figure(figure)) } }

  mutating func add(_ table: Table) {
    guard !table.rows.isEmpty else { return }
    var shown = table
    if table.rows.count > Document.mostRows {
      shown = Table(
        caption: table.caption, head: table.head, rows: Array(table.rows.prefix(Document.mostRows)),
        omitted: table.rows.count - Document.mostRows)
    }
    blocks.append(.table(shown))
  }

  /// The maximum number of rows of a table; the JSON has all rows.
  static let mostRows = 200
}
