/// What a model predicts.
public enum Task: Equatable, Sendable {
  /// One of two outcomes: labels 0 and 1.
  case binary
  /// One of several classes: labels 0 ..< classes.
  case multiclass(classes: Int)
  /// A number.
  case regression

  public var name: String {
    switch self {
    case .binary: "binary"
    case .multiclass: "multiclass"
    case .regression: "regression"
    }
  }
}
