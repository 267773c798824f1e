/// Names in one text with commas between them, such as "female,A" for a group of an intersection. A name that has a
/// comma or a quote stands in quotes, with its own quotes doubled, so that different lists are different texts.
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

  /// The names of a text that `joined` made.
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
        // A second quote in a row is one of the name.
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
