import Platform

/// How a file of rows is read.
public struct OpenOptions: Configuration {
  public enum Format: String, ConfigChoice, Sendable {
    case auto, csv, tsv, jsonl, conll, idx, images
  }

  public enum ColumnType: String, ConfigChoice, Sendable {
    case number, integer, text
  }

  public var format = Format.auto
  public var delimiter: String?
  public var quote: String? = "\""
  public var escape: String?
  public var header = true
  public var columnNames: [String] = []
  public var types = ConfigMap<ColumnType>()
  public var missing = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
  public var missingNumbers = ["-", "--", "n/a", "#N/A", "<NA>", "#VALUE!", "#DIV/0!"]
  public var quotedMissing = false
  public var decimal = "."
  public var thousands: String?
  public var signs: [String] = []
  public var trim = true
  public var comment: String?
  public var skipRows = 0
  public var maximumRows: Int?
  public var image = ImageOptions()

  public init() {}

  public static let summary = "How a file of rows is read."
  public static let fields: [ConfigField<OpenOptions>] = [
    ConfigField(
      "format", \.format,
      "The format; auto: by the file's extension, also before .gz; a folder is one of images. conll: a word and its tag a "
        + "line, an empty line after a sentence; a row is a sentence, its words and its tags with blanks between them."
    ),
    ConfigField(
      "delimiter", \.delimiter,
      "What stands between cells, one ASCII character; null: what a first line such as \"sep=;\" says, else a comma, for "
        + "tsv a tab."),
    ConfigField("quote", \.quote, "What encloses cells, one ASCII character; null: nothing does."),
    ConfigField(
      "escape", \.escape,
      "What stands before a quote within quotes, such as \"\\\\\", where quotes are not doubled; null: nothing does."
    ),
    ConfigField("header", \.header, "Whether the first record names the columns."),
    ConfigField("column_names", \.columnNames, "Names of all columns, in place of a header's."),
    ConfigField(
      "types", \.types,
      "Types of columns by name; others are integers, else numbers, else text, as all rows allow."),
    ConfigField("missing", \.missing, "Cells that mean: no value."),
    ConfigField(
      "missing_numbers", \.missingNumbers,
      "Cells that mean no value where all other cells of their column are numbers, with a warning in the log."
    ),
    ConfigField(
      "decimal", \.decimal, "What stands before the fraction of a number: \".\" or \",\"."),
    ConfigField(
      "thousands", \.thousands,
      "What stands between the thousands of a number, such as \",\" in 1,234; null: nothing."),
    ConfigField(
      "signs", \.signs,
      "What may stand before or behind a number and does not count, such as [\"$\", \"€\", \"%\"]: 5% is 5."),
    ConfigField(
      "quoted_missing", \.quotedMissing, "Whether a quoted cell of a text column can mean: no value."),
    ConfigField("trim", \.trim, "Whether blanks around cells without quotes do not count."),
    ConfigField("comment", \.comment, "Lines that start with this text are skipped; null: none."),
    ConfigField("skip_rows", \.skipRows, in: 0...Int.max, "Lines to skip at the start of the file."),
    ConfigField("max_rows", \.maximumRows, in: 0...Int.max, "Rows to read at most; null: all."),
    ConfigField(
      "image", \.image, "How images are read: of folders, of tables that name them, and of IDX files."),
  ]

  public func validate(at pointer: String) throws {
    if escape != nil, quote == nil || escape == quote || escape == delimiter {
      throw Failure.invalidConfig(
        "an escape is another character than the quote and the delimiter, and needs a quote",
        at: "\(pointer)/escape")
    }
    for (key, value) in [("delimiter", delimiter), ("quote", quote), ("escape", escape)] {
      guard let value else { continue }
      let bytes = Array(value.utf8)
      guard bytes.count == 1, bytes[0] < 0x80, ![0, 10, 13].contains(bytes[0]) else {
        throw Failure.invalidConfig("one ASCII character is accepted, no line end", at: "\(pointer)/\(key)")
      }
    }
    guard [".", ","].contains(decimal) else {
      throw Failure.invalidConfig(
        "\"\(decimal)\" is not accepted; \".\" and \",\" are", at: pointer + "/decimal")
    }
    if let thousands {
      guard [".", ",", " ", "'", "’", "\u{a0}", "\u{202f}"].contains(thousands), thousands != decimal else {
        throw Failure.invalidConfig(
          "\"\(thousands)\" is not accepted; a point, comma, blank or apostrophe is, other than \"decimal\"",
          at: pointer + "/thousands")
      }
    }
    if let delimiter, delimiter == quote {
      throw Failure.invalidConfig("the delimiter and the quote are the same", at: "\(pointer)/delimiter")
    }
  }

  /// The format of `path`: from the options, otherwise from the extension; unknown extensions are read as
  /// CSV.
  func resolvedFormat(path: String) throws -> Format {
    if format != .auto { return format }
    var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if name.hasSuffix(".gz") { name.removeLast(3) }
    // MNIST's files have no extension: train-images-idx3-ubyte.
    if name.hasSuffix("-ubyte"), name.hasSubstring("idx") { return .idx }
    switch name.split(separator: ".").last ?? "" {
    case "tsv", "tab": return .tsv
    case "jsonl", "ndjson": return .jsonl
    case "conll", "bio", "iob": return .conll
    case "idx": return .idx
    case let known
    where ["json", "parquet", "arrow", "feather", "xls", "xlsx"].contains(known):
      let columnar = ["parquet", "arrow", "feather"].contains(known)
      throw Failure.unsupported(
        "\(path): files of type .\(known) are not read; "
          + (columnar
            ? "a library that reads them passes their rows on as an Arrow stream (eqp_dataset_from_arrow)"
            : "convert it to .csv, .tsv or .jsonl, or name its \"format\""),
        at: path)
    default: return .csv
    }
  }
}
