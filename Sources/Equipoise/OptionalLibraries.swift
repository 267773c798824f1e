import Formats
import Platform

/// The libraries that are loaded when they are first needed.
public enum OptionalLibrary: String, CaseIterable, Sendable {
  case xgboost

  /// Sets the path of the library for the whole process; nil: the environment or the system's loader finds
  /// it.
  public func setPath(_ path: String?) {
    switch self {
    case .xgboost: XGBoostLibrary.setPath(path)
    }
  }
}
