import Datasets
import Platform

/// Drops rows whose text is nearly equal to that of an earlier row: the Jaccard similarity of their shingles
/// (runs of words) is at least `similarity`. Candidates are found by MinHash signatures in bands (Broder
/// 1997; Indyk and Motwani 1998) and compared exactly.
public struct NearDuplicateTexts: TransformStep {
  var column: String?
  var similarity = 0.8
  var words = 3
  var permutations = 128

  public init() {}

  public static let name = "near_duplicates"
  public static let summary =
    "Drops rows whose text is nearly the same as that of an earlier row (MinHash, Broder 1997)."
  public static let fields: [ConfigField<NearDuplicateTexts>] = [
    ConfigField("column", \.column, "The column of texts. Default: the only input of texts."),
    ConfigField(
      "similarity", \.similarity, in: 0.1...1,
      "Texts count as the same if they share at least this fraction of their runs of words."),
    ConfigField(
      "words", \.words, in: 1...20,
      "The number of words in a run. A text with fewer words is one run."),
    ConfigField("permutations", \.permutations, in: 16...1024, "The number of hashes in a signature."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let name = try textColumn(rows, work)
    let shingles = try Shingles(rows.dataset.column(name), words: words)
    let signatures = try MinHashSignatures(
      shingles, count: permutations, rows: rows.count, seed: work.random.next())
    let bands = MinHashSignatures.bands(of: permutations, similarity: similarity)
    var rowsByBand: [BandKey: [Int]] = [:]
    var dropped: [Int] = []
    for row in 0..<rows.count {
      if row % 1024 == 0 { try HostCall.check() }
      guard !shingles.isMissing(row) else { continue }
      let keys = signatures.keys(row, bands: bands)
      var candidates = Set<Int>()
      for key in keys { for other in rowsByBand[key] ?? [] { candidates.insert(other) } }
      if candidates.contains(where: { shingles.similarity(row, $0) >= similarity }) {
        dropped.append(row)
      } else {
        for key in keys { rowsByBand[key, default: []].append(row) }
      }
    }
    try rows.drop(dropped)
    return TrainingRowsOnly(["column": .string(name), "bands": .integer(bands)])
  }

  private func textColumn(_ rows: TransformRows, _ work: StepWork) throws -> String {
    if let column {
      guard rows.dataset.contains(column) else {
        throw work.invalid(
          "column",
          "\"\(column)\" is not a column\(Suggestion.phrase(for: column, among: rows.dataset.names))")
      }
      guard case .text = try rows.dataset.column(column).values else {
        throw work.invalid("column", "\"\(column)\" does not hold texts")
      }
      return column
    }
    let texts = try rows.dataset.names.filter { name in
      if case .text = try rows.dataset.column(name).values { true } else { false }
    }
    guard texts.count == 1 else {
      throw work.invalid("column", "\(texts.count) inputs are texts; name the one that is compared")
    }
    return texts[0]
  }
}
