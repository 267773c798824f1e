import Platform

extension PostProcessor {
  /// The post-processor defined by "post_processor".
  static func read(_ field: ModelField) throws -> PostProcessor {
    var processor = PostProcessor()
    try processor.add(field)
    return processor
  }

  private mutating func add(_ field: ModelField) throws {
    guard !field.isNull else { return }
    let kind = try field.member("type").string()
    switch kind {
    case "Sequence":
      for part in try field.member("processors").elements() { try add(part) }
    case "ByteLevel":
      if try field.member("trim_offsets").bool(default: true) {
        trimming = Trimming(addsPrefixSpace: try field.member("add_prefix_space").bool(default: true))
      }
    case "BertProcessing":
      let (first, last) = (try Self.named(field.member("cls")), try Self.named(field.member("sep")))
      single = [.special(ids: [first], type: 0), .text(0, type: 0), .special(ids: [last], type: 0)]
      pair = single + [.text(1, type: 1), .special(ids: [last], type: 1)]
    case "RobertaProcessing":
      let (first, last) = (try Self.named(field.member("cls")), try Self.named(field.member("sep")))
      if try field.member("trim_offsets").bool(default: true) {
        trimming = Trimming(addsPrefixSpace: try field.member("add_prefix_space").bool(default: true))
      }
      useRoberta(first: first, last: last)
    case "TemplateProcessing":
      let specials = field.member("special_tokens")
      single = try Self.template(field.member("single"), specials)
      pair = try Self.template(field.member("pair"), specials)
    default:
      throw field.member("type").unsupported("the post-processor \"\(kind)\" is not supported")
    }
  }

  /// `<s> A </s>` and `<s> A </s></s> B </s>`, all of type 0.
  mutating func useRoberta(first: Int32, last: Int32) {
    single = [.special(ids: [first], type: 0), .text(0, type: 0), .special(ids: [last], type: 0)]
    pair = single + [.special(ids: [last], type: 0), .text(1, type: 0), .special(ids: [last], type: 0)]
  }

  /// A token and its number.
  private static func named(_ field: ModelField) throws -> Int32 {
    _ = try field.element(0).string()
    return Int32(truncatingIfNeeded: try field.element(1).int(in: 0...Vocabulary.greatestID))
  }

  private static func template(_ field: ModelField, _ specials: ModelField) throws -> [Piece] {
    var pieces: [Piece] = []
    for piece in try field.elements() {
      let (text, special) = (piece.member("Sequence"), piece.member("SpecialToken"))
      let named = text.isNull ? special : text
      guard !named.isNull else {
        throw piece.unsupported("neither \"Sequence\" nor \"SpecialToken\" is here")
      }
      let type = named.member("type_id")
      let typeID = Int32(truncatingIfNeeded: type.isNull ? 0 : try type.int(in: 0...Int(Int32.max)))
      let name = try named.member("id").string()
      if !text.isNull {
        guard name == "A" || name == "B" else {
          throw named.member("id").invalid("\"\(name)\" is neither A nor B")
        }
        pieces.append(.text(name == "A" ? 0 : 1, type: typeID))
        continue
      }
      var ids: [Int32] = []
      for id in try specials.member(name).member("ids").elements() {
        ids.append(Int32(truncatingIfNeeded: try id.int(in: 0...Vocabulary.greatestID)))
      }
      pieces.append(.special(ids: ids, type: typeID))
    }
    return pieces
  }
}
