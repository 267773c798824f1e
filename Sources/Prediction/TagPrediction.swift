import Configurations
import Datasets
import Fairness
import Models
import Platform

extension Model {
  /// The tags of the words of every row's text. Columns: `label` has the tags separated by spaces; `start`
  /// and `end` have the positions of the words in the text, in characters (Unicode code points); `entities`
  /// is a JSON array of {type, start, end, text, score}.
  ///
  /// - Throws: as `predict`.
  func tag(_ dataset: Dataset, _ options: PredictOptions) throws -> Dataset {
    let reader = try reader.requireTexts()
    if options.output == .logit {
      throw Failure.unsupported("words have tags; scores are accepted, not logits", at: "/output")
    }
    let result = try Dataset(rows: dataset.rows)
    for name in options.keep { try result.add(dataset.column(name)) }
    let tagged = try reader.text.taggedTexts(
      of: dataset, textData(options), graph: reader.graph, splitsAtBlanks: options.words == .blanks)
    let width = reader.graph.outputWidth
    let scores = try self.scores(NetworkInputs(tokens: tagged.tokens, tagged: tagged), task: task)
    let classes = try Self.bestClasses(scores, width: width)
    var columns = [[String]](repeating: [], count: 4)
    for row in 0..<dataset.rows {
      var places = CharacterPlaces(tagged.texts, row)
      var words: [TaggedWord] = []
      for word in tagged.words.words(row) {
        let tag = Int(classes.pointer[word])
        let bytes = Int(tagged.words.starts.pointer[word])..<Int(tagged.words.ends.pointer[word])
        words.append(
          TaggedWord(
            tag: classLabels.indices.contains(tag) ? classLabels[tag] : String(tag), bytes: bytes,
            characters: places.place(of: bytes.lowerBound)..<places.place(of: bytes.upperBound),
            score: scores.pointer[word * width + tag]))
      }
      columns[0].append(words.map(\.tag).joined(separator: " "))
      columns[1].append(words.map { String($0.characters.lowerBound) }.joined(separator: " "))
      columns[2].append(words.map { String($0.characters.upperBound) }.joined(separator: " "))
      columns[3].append(TaggedWord.entities(words, in: tagged.texts, row).text())
    }
    for (name, values) in zip(["label", "start", "end", "entities"], columns) {
      try result.add(Column(name: name, texts: values))
    }
    return result
  }
}

/// A word with its tag and its position in the text.
private struct TaggedWord {
  let tag: String
  let bytes: Range<Int>
  let characters: Range<Int>
  let score: Float

  /// The entities in the words of a text; the score of an entity is the mean of its words' scores.
  static func entities(_ words: [TaggedWord], in texts: TextValues, _ row: Int) -> JSONValue {
    let found = TokenLabels.entities(words.map(\.tag), [Int32](repeating: 0, count: words.count))
    return .array(
      found.map { entity in
        let own = words[entity.first...entity.last]
        let bytes = words[entity.first].bytes.lowerBound..<words[entity.last].bytes.upperBound
        let text = UnsafeRawBufferPointer(
          start: texts.cell(row) + bytes.lowerBound, count: max(bytes.count, 0))
        return [
          "type": .string(entity.type), "start": .integer(words[entity.first].characters.lowerBound),
          "end": .integer(words[entity.last].characters.upperBound),
          "text": .string(String(decoding: text, as: UTF8.self)),
          "score": .finite(own.reduce(Float(0)) { $0 + $1.score } / Float(max(own.count, 1))),
        ]
      })
  }
}

/// Converts byte positions in a text to character positions; queries must be in ascending order.
private struct CharacterPlaces {
  private let bytes: UnsafePointer<CChar>
  private let length: Int
  private var at = 0
  private var characters = 0

  init(_ texts: TextValues, _ row: Int) { (bytes, length) = (texts.cell(row), texts.length(row)) }

  mutating func place(of byte: Int) -> Int {
    while at < min(byte, length) {
      // Counts all bytes that begin a character.
      if UInt8(bitPattern: bytes[at]) & 0xC0 != 0x80 { characters += 1 }
      at += 1
    }
    return characters
  }
}
