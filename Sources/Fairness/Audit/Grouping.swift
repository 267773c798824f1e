import Platform

/// A sensitive attribute: a name, the names of its groups, and each row's group.
public struct SensitiveAttribute {
  /// The name of the group of rows whose value is missing.
  public static let missingGroup = "(missing)"

  /// The name of a value's group: the value itself, in quotes if it could be confused with the missing group.
  public static func groupName(of value: String) -> String {
    guard value.utf8.count >= missingGroup.utf8.count, value.hasSuffix(")") || value.hasSuffix("\"") else {
      return value
    }
    var bare = Substring(value)
    while bare.count > 1, bare.first == "\"", bare.last == "\"" { bare = bare.dropFirst().dropLast() }
    return bare == missingGroup ? "\"\(value)\"" : value
  }

  /// The value whose group has a name that is not `missingGroup`.
  public static func value(ofGroup name: String) -> String {
    guard name.count > 1, name.first == "\"", name.last == "\"" else { return name }
    let inner = String(name.dropFirst().dropLast())
    return groupName(of: inner) == name ? inner : name
  }

  /// The name of a group of several attributes: "female,A".
  static func groupName(_ key: [String]) -> String { key.count == 1 ? key[0] : NameList.joined(key) }

  public let name: String
  public let groupNames: [String]
  public let codes: CodeColumn

  /// - Parameter codes: one index into `groupNames` per row; -1 (255 in bytes) for a missing value.
  public init(name: String, groupNames: [String], codes: CodeColumn) {
    self.name = name
    self.groupNames = groupNames
    self.codes = codes
  }

  /// The number of groups plus one slot for missing values.
  var slots: Int { groupNames.count + 1 }
}

/// A division of the rows into groups: by one attribute, or by the occurring combinations of several.
public struct Grouping {
  /// The attributes, outermost first.
  public let attributes: [SensitiveAttribute]

  public init(_ attribute: SensitiveAttribute) { attributes = [attribute] }

  public init(attribute: String, groupNames: [String], codes: CodeColumn) {
    self.init(SensitiveAttribute(name: attribute, groupNames: groupNames, codes: codes))
  }

  private init(attributes: [SensitiveAttribute]) { self.attributes = attributes }

  /// Intersectional groups, such as "Male,White" and "Male,Black": the combinations that occur in the data.
  public static func intersection(_ groupings: [Grouping]) -> Grouping {
    Grouping(attributes: groupings.flatMap(\.attributes))
  }

  /// The groups of the chosen rows.
  func selecting(_ rows: [Int]) throws -> Grouping {
    Grouping(
      attributes: try attributes.map {
        SensitiveAttribute(name: $0.name, groupNames: $0.groupNames, codes: try $0.codes.selecting(rows))
      })
  }

  /// "sex", or "sex,race" for an intersection.
  public var attribute: String { NameList.joined(attributes.map(\.name)) }
}
