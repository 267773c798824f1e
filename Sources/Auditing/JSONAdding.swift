import Platform

extension JSONValue {
  /// An object with one member more, at its end.
  package func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    .object((members ?? []).filter { $0.key != key } + [.init(key, value)])
  }
}
