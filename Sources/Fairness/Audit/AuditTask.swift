/// The kind of prediction; it determines the available metrics.
public enum AuditTask: Equatable, Sendable {
  /// Label and decision are 0 or 1; 1 is the positive outcome.
  case binary
  /// Label and decision are indices into `classes`.
  case multiclass(classes: [String])
  /// Label and prediction are numbers.
  case regression

  /// The number of possible labels; 0 for regression.
  var classCount: Int {
    switch self {
    case .binary: 2
    case .multiclass(let classes): classes.count
    case .regression: 0
    }
  }

  /// The task's name in configurations and messages.
  public var name: String {
    switch self {
    case .binary: "binary"
    case .multiclass: "multiclass"
    case .regression: "regression"
    }
  }
}
