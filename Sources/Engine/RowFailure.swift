import Platform

/// A row whose output an operator cannot compute.
///
/// `row` counts from the first row of the call. Callers that know where the row comes from turn this error into a
/// `Failure` that names the row as the user knows it.
public struct RowFailure: Error {
  /// nil if the row is not known, as in networks that read tokens.
  public let row: Int?
  public let reason: String

  public init(row: Int?, _ reason: String) {
    self.row = row
    self.reason = reason
  }

  /// This error as one of the library's.
  ///
  /// - Parameters:
  ///   - noun: the name of a row in the message.
  ///   - number: returns the number to print for a row of the call.
  public func failure(_ noun: String = "row", _ number: (Int) -> Int = { $0 }) -> Failure {
    guard let row else { return .invalidData(reason) }
    return .invalidData(reason, at: "\(noun) \(number(row))")
  }
}
