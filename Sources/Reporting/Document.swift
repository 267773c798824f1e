/// What a report says, before it is HTML, Markdown or SVG: blocks in reading order.
struct Document {
  var title: String
  var blocks: [Block] = []
  /// Of the report that the document is made from.
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

  /// The answer that a reader looks for first.
  struct VerdictBox {
    enum Result { case pass, fail, open }
    let result: Result
    let headline: String
    let reasons: [String]
  }

  /// The first column names the rows; the others are numbers or words.
  struct Table {
    let caption: String
    let head: [String]
    let rows: [[String]]
    /// Rows that were left out, of very many.
    var omitted = 0
  }

  /// A drawing, a sentence that says what it shows, and a text for those who cannot see it.
  struct Figure {
    let title: String
    let sentence: String
    let alternative: String
    /// For a desk and for paper.
    let drawing: Drawing
    /// For a phone; its letters are as large.
    let narrow: Drawing

    init(title: String, sentence: String, alternative: String, draw: (Layout) -> Drawing) {
      (self.title, self.sentence, self.alternative) = (title, sentence, alternative)
      (drawing, narrow) = (draw(.wide), draw(.narrow))
    }
  }

  /// The room that a drawing has.
  enum Layout {
    case wide
    /// 292 pixels: a phone of 320.
    case narrow

    static let narrowWidth = 292.0

    /// - Returns: the first of a desk, the second of a phone.
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

  /// A page of more rows is no longer read; the JSON has them all.
  static let mostRows = 200
}
