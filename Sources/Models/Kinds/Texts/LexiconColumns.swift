import Configurations
import Datasets
import Platform
import Tokenizers

extension Dataset {
  /// Adds a column for each sensitive attribute with a lexicon. The value is the group whose terms occur in
  /// the text: "muslim", "christian+muslim" for several groups, "(none)" for none; missing if the text is
  /// missing.
  ///
  /// - Returns: the dataset, unchanged if there are no lexicons, and the configuration with the terms from
  ///   files.
  /// - Throws: `invalidConfig` at the attribute if its name is a column's, or it has no terms or texts; `io`
  ///   and `invalidData` for a file of terms.
  package func addingLexicons(_ data: DataConfig) throws -> (dataset: Dataset, data: DataConfig) {
    guard data.sensitive.contains(where: { !$0.lexicon.isEmpty }) else { return (self, data) }
    var data = data
    var columns = self.columns
    for index in data.sensitive.indices where !data.sensitive[index].lexicon.isEmpty {
      let pointer = "/data/sensitive/\(index)"
      let attribute = try data.sensitive[index].readingTerms(at: pointer)
      data.sensitive[index] = attribute
      guard !columns.contains(where: { $0.name == attribute.name }) else {
        throw Failure.invalidConfig(
          "\"\(attribute.name)\" is a column already; the groups that are found in texts need another name",
          at: pointer + "/name")
      }
      guard let text = attribute.text ?? data.text else {
        throw Failure.invalidConfig(
          "terms are searched in texts, but no column of texts is named"
            + Suggestion.phrase(for: "text", among: names), at: pointer + "/text")
      }
      columns.append(try mentions(attribute, in: text, at: pointer))
    }
    return (try Dataset(columns), data)
  }

  /// Computes the columns of `addingLexicons` again after texts were changed.
  func renewingLexicons(_ data: DataConfig) throws -> Dataset {
    let made = Set(data.sensitive.filter { !$0.lexicon.isEmpty }.map(\.name))
    return try Dataset(columns.filter { !made.contains($0.name) }).addingLexicons(data).dataset
  }

  private func mentions(_ attribute: SensitiveColumn, in name: String, at pointer: String) throws -> Column {
    let column = try self.column(name)
    guard case .text(let texts) = column.values else {
      throw Failure.invalidColumn(name, "holds \(column.values.typeName)s; texts are needed")
    }
    let lexicon: Lexicon
    do {
      lexicon = try Lexicon(attribute.lexicon.map { ($0.name, $0.terms) })
    } catch let failure as Failure {
      throw Failure.invalidConfig(failure.message, at: pointer + "/lexicon")
    }
    var memory = try TermMemory()
    var mentioned = [Bool](repeating: false, count: lexicon.groups.count)
    return try Column(
      name: attribute.name,
      texts: (0..<rows).map { row in
        guard !column.isMissing(row) else { return nil }
        let length = texts.length(row)
        for group in mentioned.indices { mentioned[group] = false }
        try texts.cell(row).withMemoryRebound(to: UInt8.self, capacity: length) {
          try lexicon.mark(in: UnsafeBufferPointer(start: $0, count: length), &memory, &mentioned)
        }
        let found = zip(lexicon.groups, mentioned).filter(\.1).map(\.0)
        return found.isEmpty ? "(none)" : found.joined(separator: "+")
      })
  }
}
