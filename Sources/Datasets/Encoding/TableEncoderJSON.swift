import Platform

/// The encoder in a model's file. The file is not trusted: widths and offsets are computed again, and numbers
/// must be finite.
extension TableEncoder {
  public var json: JSONValue {
    [
      "version": 1,
      "columns": .array(
        slots.map { slot in
          let rest: [JSONValue.Member]
          switch slot.encoding {
          case .number(let number): rest = number.json
          case .category(let category): rest = category.json
          }
          return .object(
            [.init("name", .string(slot.name)), .init("kind", .string(slot.kind.rawValue))] + rest)
        }),
    ]
  }

  /// - Throws: `invalidModel` (location: JSON pointer within `json`) for JSON that `json` cannot have
  ///   written.
  public convenience init(json: JSONValue) throws {
    guard json["version"]?.int == 1 else {
      throw Failure(
        .unsupported, "the encoder's version is \(json["version"]?.text() ?? "not given"); 1 is read",
        at: "/version")
    }
    guard let columns = json["columns"]?.array else {
      throw Failure.invalidModel("an array of columns is needed", at: "/columns")
    }
    var names = Set<String>()
    try self.init(
      columns: columns.enumerated().map { index, column in
        let reader = ColumnReader(json: column, pointer: "/columns/\(index)")
        let name = try reader.string("name")
        guard names.insert(name).inserted, !name.utf8.contains(0) else {
          throw Failure.invalidModel("column \"\(name)\" occurs twice", at: reader.pointer)
        }
        switch try reader.string("kind") {
        case "number": return (name, .number(try reader.number()))
        case "category": return (name, .category(try reader.category()))
        case let kind:
          throw Failure.invalidModel("\"\(kind)\" is not a kind of column", at: "\(reader.pointer)/kind")
        }
      })
  }
}

/// Reads and checks the members of one column.
private struct ColumnReader {
  let json: JSONValue
  let pointer: String

  func string(_ key: String) throws -> String {
    guard let value = json[key]?.string else { throw needed("a string", key) }
    return value
  }

  private func finite(_ key: String) throws -> Double {
    guard let value = json[key]?.double, value.isFinite else { throw needed("a finite number", key) }
    return value
  }

  private func bool(_ key: String) throws -> Bool {
    guard let value = json[key]?.bool else { throw needed("true or false", key) }
    return value
  }

  func number() throws -> NumberEncoding {
    let scale = try finite("scale")
    guard scale != 0, (1 / scale).isFinite else { throw needed("a number that can divide", "scale") }
    let edges = try (json["edges"]?.array ?? []).map { value -> Double in
      guard let edge = value.double, edge.isFinite else {
        throw needed("an array of finite numbers", "edges")
      }
      return edge
    }
    guard edges.count != 1, edges.count <= 4096, zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw needed("ascending numbers, two or more up to 4096, or none", "edges")
    }
    return NumberEncoding(
      shift: try finite("shift"), scale: scale, fill: try finite("fill"), indicator: try bool("indicator"),
      edges: try Buffer(copying: edges))
  }

  func category() throws -> CategoryEncoding {
    guard let values = json["categories"]?.array else { throw needed("an array", "categories") }
    guard values.count < CategoryEncoding.maximumVocabulary - 3 else {
      throw needed("at most \(CategoryEncoding.maximumVocabulary - 4) categories", "categories")
    }
    let categories = try values.enumerated().map { index, value -> String in
      guard let text = value.string else { throw needed("a string", "categories/\(index)") }
      return text
    }
    guard Set(categories).count == categories.count else {
      throw needed("different categories", "categories")
    }
    let encoding = CategoryEncoding(
      categories: categories, hasOther: try bool("other"), hasMissing: try bool("missing"),
      hasUnseen: try bool("unseen"), isIndex: try bool("index"))
    guard !encoding.isIndex || encoding.hasOther || encoding.hasUnseen else {
      throw needed("a place for unseen categories", "unseen")
    }
    guard encoding.vocabularySize > 0 else { throw needed("at least one category", "categories") }
    return encoding
  }

  private func needed(_ what: String, _ key: String) -> Failure {
    .invalidModel("\(what) is needed", at: "\(pointer)/\(key)")
  }
}
