import Datasets
import Platform

/// A column of tags: one tag per word of the row's text, separated by spaces: "B-PER I-PER O".
package struct Tags {
  /// O first, if it occurs, then in alphabetical order.
  package let names: [String]
  /// The index of each word's tag in `names`.
  package let codes: Buffer<Int32>

  /// - Parameters:
  ///   - words: the words of every row; nil: as many as there are tags.
  ///   - known: the tags of a model, in its order; used if no other tag occurs.
  /// - Throws: `invalidData` for a column of another type, and at the row if the numbers of tags and words
  ///   differ.
  package init(_ dataset: Dataset, _ name: String, words: TextWords?, known: [String] = []) throws {
    let texts = try TextModel.texts(dataset, name)
    let tags = try TextWords(splitting: texts)
    var codes: [Int32] = []
    codes.reserveCapacity(tags.count)
    var found: [String: Int32] = [:]
    for row in 0..<tags.texts {
      let own = tags.words(row)
      if let words, words.words(row).count != own.count {
        throw Failure.invalidColumn(
          name,
          "row \(row) has \(own.count) tags and \(words.words(row).count) words; both are separated by blanks"
        )
      }
      for tag in own {
        let tag = tags.string(tag, of: texts, row: row)
        let code = found[tag] ?? Int32(clamping: found.count)
        found[tag] = code
        codes.append(code)
      }
    }
    guard found.count <= 10_000 else {
      throw Failure.invalidColumn(name, "has \(found.count) different tags; up to 10,000 are accepted")
    }
    let isKnown = found.keys.allSatisfy(known.contains)
    let names =
      isKnown && !known.isEmpty
      ? known : found.keys.sorted { ($0 == Self.outside ? 0 : 1, $0) < ($1 == Self.outside ? 0 : 1, $1) }
    var places = [Int32](repeating: 0, count: found.count)
    for (place, name) in names.enumerated() { found[name].map { places[Int($0)] = Int32(clamping: place) } }
    self.names = names
    self.codes = try Buffer(copying: codes.map { places[Int($0)] })
  }

  package static let outside = "O"
}
