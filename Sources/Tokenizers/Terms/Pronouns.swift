/// English third-person pronouns by their grammatical role: "her" becomes "his" before a possessed noun,
/// otherwise "him"; "his" becomes "her" before one, otherwise "hers".
///
/// A possessed noun is assumed to follow if the next word, separated only by spaces, is not one of the words
/// that cannot begin a noun phrase after a possessive: articles, other pronouns, prepositions, conjunctions,
/// auxiliary verbs, and adverbs that commonly follow an object. "Her happy" in "made her happy" is therefore
/// misread; "her book", "saw her in", "gave her a", "told her that" and a final "her." are not.
enum Pronouns {
  static let masculine = ["he", "him", "his", "himself"]
  static let feminine = ["she", "her", "hers", "herself"]

  /// The other gender's pronoun in lower case; nil for any other word.
  ///
  /// - Parameter rest: the text after the pronoun.
  static func swapped(_ pronoun: String, before rest: ArraySlice<UInt8>) -> String? {
    switch pronoun {
    case "he": "she"
    case "she": "he"
    case "him": "her"
    case "himself": "herself"
    case "herself": "himself"
    case "hers": "his"
    case "his": possesses(rest) ? "her" : "hers"
    case "her": possesses(rest) ? "his" : "him"
    default: nil
    }
  }

  private static func possesses(_ rest: ArraySlice<UInt8>) -> Bool {
    guard let blank = rest.first, isBlank(blank) else { return false }
    let behind = rest.drop { isBlank($0) }
    // Quotes and brackets may precede the possessed noun.
    let word = behind.drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "(") }
      .prefix { isLetter($0) }
    guard !word.isEmpty else { return false }
    return !beginsNoPossession.contains(String(decoding: word, as: UTF8.self).lowercased())
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "'") || byte >= 0x80
  }

  private static let beginsNoPossession: Set<String> = Set(
    ("a an the this that these those some any each every all both another such no "
      + "i you he she it we they me him us them my your our their his its who whom whose which what "
      + "in on at to for from with without by of about after before as into onto over under through during "
      + "between against among around behind beside beyond like near off out up down away back toward towards "
      + "upon until till since than via along across inside outside past "
      + "and or but nor so yet because if when while where why how whether although though unless once "
      + "is am are was were be been being has have had do does did will would shall should can could may might "
      + "must isn't wasn't won't wouldn't can't couldn't didn't doesn't don't hasn't hadn't "
      + "not never ever again too very now then there here today tomorrow yesterday tonight soon later "
      + "alone instead anyway anymore always just only even also already still enough more much well "
      + "go come get know think feel say see make look do").split(separator: " ").map(String.init))
}
