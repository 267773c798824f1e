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
      "The format. auto: by the file's extension, also before .gz; a folder is read as images. conll: a "
        + "word and its tag on each line, and an empty line after a sentence; a row is a sentence, with its "
        + "words and its tags separated by blanks."
    ),
    ConfigField(
      "delimiter", \.delimiter,
      "The separator of cells, one ASCII character. null: as in a first line such as \"sep=;\", "
        + "otherwise a comma, or a tab for tsv."),
    ConfigField(
      "quote", \.quote,
      "The quote character that encloses cells, one ASCII character; null for none."),
    ConfigField(
      "escape", \.escape,
      "The escape character before a quote within quotes, such as \"\\\\\", if quotes are not doubled; "
        + "null for none."
    ),
    ConfigField("header", \.header, "Whether the first record names the columns."),
    ConfigField("column_names", \.columnNames, "The names of all columns, instead of those in the header."),
    ConfigField(
      "types", \.types,
      "The types of columns by name. Other columns are integers if all rows allow it, otherwise numbers, "
        + "otherwise text."),
    ConfigField("missing", \.missing, "Cells that mean a missing value."),
    ConfigField(
      "missing_numbers", \.missingNumbers,
      "Cells that mean a missing value if all other cells of their column are numbers, with a warning in "
        + "the log."
    ),
    ConfigField(
      "decimal", \.decimal, "The decimal separator of numbers: \".\" or \",\"."),
    ConfigField(
      "thousands", \.thousands,
      "The thousands separator of numbers, such as \",\" in 1,234; null for none."),
    ConfigField(
      "signs", \.signs,
      "Signs before or after a number that are ignored, such as [\"$\", \"€\", \"%\"]: 5% is 5."),
    ConfigField(
      "quoted_missing", \.quotedMissing, "Whether a quoted cell of a text column can mean a missing value."),
    ConfigField("trim", \.trim, "Whether blanks around cells without quotes are ignored."),
    ConfigField("comment", \.comment, "Lines that start with this text are skipped; null for none."),
    ConfigField(
      "skip_rows", \.skipRows, in: 0...Int.max,
      "The number of lines to skip at the start of the file."),
    ConfigField(
      "max_rows", \.maximumRows, in: 0...Int.max,
      "The maximum number of rows to read; null for all."),
    ConfigField(
      "image", \.image, "How images are read from folders, from tables that name them, and from IDX files."),
  ]

  public func validate(at pointer: String) throws {
    if escape != nil, quote == nil || escape == quote || escape == delimiter {
      throw Failure.invalidConfig(
        "the escape must differ from the quote and the delimiter, and needs a quote",
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
          "\"\(thousands)\" is not accepted; a point, comma, blank or apostrophe other than \"decimal\" is",
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
