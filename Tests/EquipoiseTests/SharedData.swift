import Datasets
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Reference values and public data beside the checkout, which the project does not ship.
enum SharedData {
  static let root: String = {
    let here = #filePath.split(separator: "/").dropLast(3)
    return "/" + here.dropLast().joined(separator: "/") + "/shared"
  }()

  /// Whether the folder is there; tests that need it say so when it is not.
  static let isPresent: Bool = {
    let present = access(root + "/README.md", R_OK) == 0
    if !present { print("SKIPPED: tests against reference data; \(root) is absent") }
    return present
  }()

  static func path(_ name: String) -> String { root + "/" + name }

  static func json(_ name: String) throws -> JSONValue {
    let file = try MappedFile(path: path(name))
    return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
  }
}

/// A directory that is removed with all it holds when the test ends.
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
