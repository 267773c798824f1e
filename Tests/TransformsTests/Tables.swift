import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A table from the text of a CSV file.
func table(_ csv: String) throws -> Dataset {
  try Array(csv.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "table.csv") }
}

/// The result of a transform with these steps.
func prepared(_ rows: Dataset, _ json: String) throws -> (
  transform: Transform, rows: Dataset, report: JSONValue
) {
  try Transform.fit(rows, TransformConfig(json: json))
}

extension Dataset {
  func numbers(_ name: String) throws -> [Double] { try column(name).doubles().array }
  func texts(_ name: String) throws -> [String] {
    let categories = try column(name).categories()
    return categories.codes.array.map { $0 < 0 ? "" : categories.names[Int($0)] }
  }
}

/// The library's error that a call throws, if any.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}

/// Public data next to the checkout, which the project does not ship.
enum PublicData {
  static let root: String = {
    let here = #filePath.split(separator: "/").dropLast(3)
    return "/" + here.dropLast().joined(separator: "/") + "/shared"
  }()
  static let isPresent: Bool = {
    let present = access(root + "/README.md", R_OK) == 0
    if !present { print("SKIPPED: tests against public data; \(root) is absent") }
    return present
  }()

  /// German credit in AI Fairness 360's form: age (25 or older) and sex as 0 and 1, credit 1 for good.
  static func german() throws -> Dataset {
    let file = try Dataset.open(path: root + "/data/german_credit/german.csv")
    return try Dataset([
      Column(name: "age", integers: file.numbers("age").map { $0 >= 25 ? 1 : 0 }),
      Column(name: "sex", integers: file.texts("personal_status").map { $0 == "A92" ? 0 : 1 }),
      Column(name: "month", numbers: file.numbers("month")),
      Column(name: "amount", numbers: file.numbers("credit_amount")),
      Column(name: "credit", integers: file.numbers("credit").map { $0 == 1 ? 1 : 0 }),
    ])
  }
}
