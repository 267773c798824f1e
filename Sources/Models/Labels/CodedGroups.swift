import Configurations
import Fairness
import Platform
import Transforms

extension Groups {
  /// The groups; rows without a value form a group, unless the attribute drops them.
  package func coded(_ column: SensitiveColumn) throws -> GroupCodes {
    let codes = try codes
    guard column.missing == .group, codes.elements.contains(where: { $0 < 0 }) else {
      return GroupCodes(attribute: column.name, names: names, codes: codes)
    }
    let own = try Buffer<Int32>(count: codes.count, for: "groups")
    for row in 0..<codes.count {
      own.pointer[row] = codes.pointer[row] < 0 ? Int32(names.count) : codes.pointer[row]
    }
    return GroupCodes(
      attribute: column.name, names: names + [SensitiveAttribute.missingGroup], codes: own)
  }
}
