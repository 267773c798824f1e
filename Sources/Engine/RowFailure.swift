import Platform

/// A row whose output an operator cannot compute.
///
/// `row` counts from the first row of the call. Callers that know where the row comes from turn this error into a
/// `Failure` that names the row as the user knows it.
public struct RowFailure: Error {
  /// nil: not known, as in networks that read tokens.
  public let row: Int?
  public let reason: String

  public init(row: Int?, _ reason: String) {
    self.row = row
    self.reason = reason
  }

  /// The same as an error of the library.
  ///
  /// - Parameters:
  ///   - noun: names the rows that are counted.
  ///   - number: the number of a row of the call among them.
  public func failure(_ noun: String = "row", _ number: (Int) -> Int = { $0 }) -> Failure {
    guard let row else { return .invalidData(reason) }
    return .invalidData(reason, at: "\(noun) \(number(row))")
  }
}
