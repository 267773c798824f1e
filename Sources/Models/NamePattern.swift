/// A pattern for names, in which * matches any text. A name may omit `prefix` at its start.
package struct NamePattern {
  package let pattern: String
  package let prefix: String

  package init(_ pattern: String, prefix: String = "") {
    self.pattern = pattern
    self.prefix = prefix
  }

  package func matches(_ name: String) -> Bool {
    matchesWhole(name)
      || !prefix.isEmpty && name.hasPrefix(prefix) && matchesWhole(String(name.dropFirst(prefix.count)))
  }

  private func matchesWhole(_ name: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(Array.init)
    let name = Array(name)
    guard let first = parts.first, let last = parts.last, name.starts(with: first) else { return false }
    if parts.count == 1 { return name == first }
    var position = first.count
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = Self.find(part, in: name, from: position) else { return false }
      position = found + part.count
    }
    return name.count - position >= last.count && name.suffix(last.count).elementsEqual(last)
  }

  private static func find(_ part: [Character], in name: [Character], from start: Int) -> Int? {
    guard name.count - start >= part.count else { return nil }
    return (start...(name.count - part.count)).first { name[$0..<$0 + part.count].elementsEqual(part) }
  }
}
