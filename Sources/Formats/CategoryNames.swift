import Platform

// The names of category numbers in a file's tool.
extension Network {
  /// The metadata key of the names, which are therefore stored in every format with the library's record.
  static let categoriesKey = "categories"

  /// For each number of the only input, the names of its categories in the order of their numbers (texts,
  /// numbers or booleans); empty if the number is not a category, or the file has no names for it. The whole
  /// list is empty if no number has names.
  public var categoryNames: [[JSONValue]] {
    get {
      guard let text = metadata.first(where: { $0.key == Self.categoriesKey })?.value,
        let lists = (try? JSONValue.parse(text))?.array
      else { return [] }
      return lists.map { $0.array ?? [] }
    }
    set {
      metadata.removeAll { $0.key == Self.categoriesKey }
      guard newValue.contains(where: { !$0.isEmpty }) else { return }
      metadata.append((Self.categoriesKey, JSONValue.array(newValue.map { .array($0) }).text()))
    }
  }
}
