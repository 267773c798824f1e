/// Whether new rows are expected to keep a tolerance.
enum ToleranceVerdict: String {
  case yes, no
  /// The rows that were measured cannot tell.
  case unknown
}
