import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Public tables in `../shared/data`, outside the package. Tests that need them are skipped, with a message,
/// if they are absent.
enum ReferenceData {
  static let folder: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/../shared/data"
  }()

  static var isPresent: Bool { access(folder, R_OK) == 0 }

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// A file name for a test's output; the file is removed after `body`.
  static func withTemporary<Result>(_ name: String, _ body: (String) throws -> Result) rethrows -> Result {
    let path = "/tmp/equipoise-test-\(getpid())-\(name)"
    defer { unlink(path) }
    return try body(path)
  }

  static let adultColumns = [
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
    "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country",
    "income",
  ]
}

extension Trait where Self == ConditionTrait {
  static var needsReferenceData: Self {
    .enabled(if: ReferenceData.isPresent, "needs ../shared")
  }
}
