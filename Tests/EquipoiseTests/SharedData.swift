import Datasets
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Reference values, which are part of the project, and public data next to the checkout, which are not
/// shipped.
enum SharedData {
  private static let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  static let root = package + "/../shared"

  /// Whether the public data exist.
  static let isPresent = access(root + "/README.md", R_OK) == 0

  /// The path of a file in the folder "data", or in "reference".
  static func path(_ name: String) -> String {
    name.hasPrefix("reference/") ? "\(package)/Tests/Resources/\(name)" : "\(root)/\(name)"
  }

  static func json(_ name: String) throws -> JSONValue {
    let file = try MappedFile(path: path(name))
    return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
  }
}

extension Trait where Self == ConditionTrait {
  /// For tests with public data, which cannot be shipped.
  static var needsSharedData: Self { .enabled(if: SharedData.isPresent, "needs ../shared") }
}

/// A directory that is removed with its content when the test ends.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/equipoise-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(.io, "no temporary directory") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    _ = system("rm -rf '\(path)'")
  }
}
