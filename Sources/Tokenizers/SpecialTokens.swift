/// The tokens with a special role, if the tokenizer's files name them.
public struct SpecialTokens: Sendable, Equatable {
  public var padding: Int?
  public var unknown: Int?
  public var classification: Int?
  public var separator: Int?
  public var mask: Int?
  public var beginning: Int?
  public var end: Int?

  public init() {}
}
