extension StringProtocol {
  /// Whether `text` occurs in it, byte by byte. (The standard library has this in its module of regular
  /// expressions alone, which would be a tenth of the library's size.)
  public func hasSubstring(_ text: String) -> Bool {
    var rest = utf8[...]
    let wanted = text.utf8
    while rest.count >= wanted.count {
      if rest.starts(with: wanted) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
