import Platform

extension JSONValue {
  /// The object with one more member at its end.
  package func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { $0.key != key } + [.init(key, value)])
  }
}
