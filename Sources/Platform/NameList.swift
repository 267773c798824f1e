/// Names in one text, separated by commas, such as "female,A" for a group of an intersection. A name with a
/// comma or a quote is quoted, with its quotes doubled, so that different lists have different texts.
public enum NameList {
  public static func joined(_ names: [String]) -> String {
    names.map(quoted).joined(separator: ",")
  }

  private static func quoted(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else {
      return name
    }
    return "\"" + name.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  /// The names in a text made by `joined`.
  public static func names(in text: String) -> [String] {
    var names: [String] = []
    var name = ""
    var (isQuoted, wasQuote) = (false, false)
    for character in text {
      switch character {
      case "\"" where isQuoted:
        (isQuoted, wasQuote) = (false, true)
        continue
      case "\"":
        // Two quotes in sequence are one quote of the name.
        if wasQuote { name.append(character) }
        isQuoted = true
      case "," where !isQuoted:
        names.append(name)
        name = ""
      default: name.append(character)
      }
      wasQuote = false
    }
    return names + [name]
  }
}
