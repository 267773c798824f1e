import Platform
import PlatformKernels

/// Reads tagged sentences in the format of the CoNLL shared tasks (Tjong Kim Sang and De Meulder 2003): one
/// word per line with its annotations, and an empty line after each sentence.
///
/// A row is a sentence. `text` has its words separated by spaces, and `tags` has the values of the last
/// column; the columns between them are `column_2`, `column_3` …, unless the options name all columns. If
/// every word has the form `language:word`, as in WikiANN (Pan et al. 2017), the column `language` has the
/// first part. Lines with -DOCSTART- are skipped.
struct CoNLLReader {
  let name: String
  let options: OpenOptions

  func read(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
    var sentences: [[[String]]] = []  // column, sentence, word
    var isOpen = false
    var at = 0
    var line = 0
    while at < bytes.count {
      let end = bytes[at...].firstIndex(of: 10) ?? bytes.count
      let text = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
      at = end + 1
      line += 1
      if line % 1024 == 0 { try HostCall.report("read", at, of: bytes.count) }
      guard line > options.skipRows else { continue }
      let cells = try self.cells(text, line: line)
      if cells.isEmpty {
        isOpen = false
        continue
      }
      if options.comment.map({ cells[0].hasPrefix($0) }) ?? false || cells[0] == "-DOCSTART-" { continue }
      if sentences.isEmpty { sentences = [[[String]]](repeating: [], count: cells.count) }
      guard cells.count == sentences.count, cells.count > 1 else {
        throw Failure.invalidData(
          "\(cells.count) cells are found where \(max(sentences.count, 2)) are expected: a word and its tags",
          at: "\(name):\(line)")
      }
      if !isOpen {
        if sentences[0].count == options.maximumRows ?? Int.max { break }
        for column in sentences.indices { sentences[column].append([]) }
        isOpen = true
      }
      for (column, cell) in cells.enumerated() {
        sentences[column][sentences[column].count - 1].append(cell)
      }
    }
    guard !sentences.isEmpty else { throw Failure.invalidData("the file has no sentences", at: "\(name):1") }
    return try dataset(&sentences)
  }

  private func dataset(_ sentences: inout [[[String]]]) throws -> Dataset {
    var names = options.columnNames
    if names.isEmpty {
      names = sentences.indices.map { "column_\($0 + 1)" }
      (names[0], names[names.count - 1]) = ("text", "tags")
    }
    guard names.count == sentences.count else {
      throw Failure.invalidConfig(
        "\(names.count) names are given and \(name) has \(sentences.count) columns", at: "/column_names")
    }
    let languages = Self.takeLanguages(&sentences[0])
    let result = try Dataset(rows: sentences[0].count)
    for (name, column) in zip(names, sentences) {
      try result.add(Column(name: name, texts: column.map { $0.joined(separator: " ") }))
    }
    if let languages { try result.add(Column(name: "language", texts: languages)) }
    return result
  }

  /// The cells of a line, separated by tabs or otherwise by spaces. A space inside a cell becomes a no-break
  /// space.
  private func cells(_ line: UnsafeRawBufferPointer, line number: Int) throws -> [String] {
    let tab = UInt8(ascii: "\t")
    let hasTab = line.contains(tab)
    return try line.split { hasTab ? $0 == tab : $0 == 0x20 || $0 == 13 }.compactMap { cell in
      var cell = cell
      while let last = cell.last, last == 13 || last == 0x20 { cell = cell.dropLast() }
      while cell.first == 0x20 { cell = cell.dropFirst() }
      let bytes = UnsafeRawBufferPointer(rebasing: cell).bindMemory(to: CChar.self)
      guard text_is_utf8(bytes.baseAddress, bytes.count), !cell.contains(0) else {
        throw Failure.invalidData("a cell is not UTF-8, or has a NUL character", at: "\(name):\(number)")
      }
      if cell.isEmpty { return nil }
      var text: [UInt8] = []
      for byte in cell { text += byte == 0x20 || (9...13).contains(byte) ? [0xC2, 0xA0] : [byte] }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// Removes the prefix (such as "en:") of every word, if every word has one.
  ///
  /// - Returns: the prefix of each sentence; nil if some word has none.
  private static func takeLanguages(_ sentences: inout [[String]]) -> [String]? {
    func length(_ word: String) -> Int? {
      guard let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      let code = word.utf8[..<colon]
      let isCode =
        (2...16).contains(code.count) && code.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
      return isCode && code.count + 1 < word.utf8.count ? code.count : nil
    }
    guard sentences.allSatisfy({ $0.allSatisfy { length($0) != nil } }) else { return nil }
    var languages: [String] = []
    for row in sentences.indices {
      let count = sentences[row].first.flatMap(length) ?? 0
      languages.append(String(decoding: Array(sentences[row][0].utf8.prefix(count)), as: UTF8.self))
      sentences[row] = sentences[row].map { word in
        String(decoding: Array(word.utf8.dropFirst((length(word) ?? -1) + 1)), as: UTF8.self)
      }
    }
    return languages
  }
}
