extension StringProtocol {
  /// Whether `text` occurs in the string, compared byte by byte. (The standard library has this function only
  /// in its module of regular expressions, which would add a tenth to the library's size.)
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
