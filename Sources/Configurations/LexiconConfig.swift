import Platform
import Tokenizers

/// A group of people, and the terms with which texts mention it.
public struct LexiconGroup: Equatable, Sendable {
  public var name: String
  public var terms: [String]
  /// The file with the terms; nil: `terms` has them.
  public var file: String?
}

/// The terms of a group: an array, or the path of a file.
enum TermSource: ConfigValue {
  case terms([String])
  case file(String)

  static func decoded(_ json: JSONValue, at pointer: String) throws -> TermSource {
    if let path = json.string { return .file(path) }
    return .terms(try [String].decoded(json, at: pointer))
  }

  var encoded: JSONValue {
    switch self {
    case .terms(let terms): .strings(terms)
    case .file(let path): .string(path)
    }
  }

  static var schema: JSONValue {
    ["anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]]
  }
}

extension SensitiveColumn {
  /// A copy with the terms read from files.
  ///
  /// - Throws: `io`, `invalidData`; `invalidConfig` for a group without terms.
  package func readingTerms(at pointer: String) throws -> SensitiveColumn {
    var column = self
    column.lexicon = try lexicon.map { group in
      let terms =
        try group.file.map { path in
          try FileBounds.require(path, at: "\(pointer)/lexicon/\(group.name)")
          return try Lexicon.terms(ofFile: path)
        } ?? group.terms
      guard !terms.isEmpty else {
        throw Failure.invalidConfig(
          "the group has no terms", at: "\(pointer)/lexicon/\(group.name)")
      }
      return LexiconGroup(name: group.name, terms: terms)
    }
    return column
  }
}

extension DataConfig {
  /// A copy without lexicons, for a dataset to which their columns were added.
  package var withoutLexicons: DataConfig {
    var data = self
    for index in data.sensitive.indices {
      data.sensitive[index].lexicon = []
      data.sensitive[index].text = nil
    }
    return data
  }
}
