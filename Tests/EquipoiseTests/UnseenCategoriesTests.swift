import Datasets
import Equipoise
import Platform
import Testing

@Suite("Categories that training has not seen")
struct UnseenCategoriesTests {
  private static func table(_ job: String) throws -> Dataset {
    let table = try SyntheticTable.biased(rows: 200)
    let jobs = (0..<200).map { $0 % 20 == 0 ? job : $0 % 2 == 0 ? "smith" : "clerk" }
    return try Dataset(table.columns.filter { $0.name != "job" } + [Column(name: "job", texts: jobs)])
  }

  private static let config =
    #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["x1", "job"]}, "train": {"epochs": 1}}"#

  @Test("are counted in audits, and refused in audits and predictions where that is asked for")
  func counted() throws {
    let (model, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(on: Self.table("smith"), Self.config)
    let rows = try Self.table("astronaut")
    let report = try audit(model, on: rows, AuditConfig(json: "{}"))
    #expect(report["unseen_categories"] == [["column": "job", "rows": 10, "categories": ["astronaut"]]])
    #expect(
      report["notes"]?.array?.contains { $0.string?.contains("10 rows have categories") == true } == true)
    #expect(try audit(model, on: Self.table("clerk"), AuditConfig(json: "{}"))["unseen_categories"] == nil)
    BadInputTests.expectFailure(.invalidData, "row 0 has the category \"astronaut\"", "job") {
      _ = try audit(model, on: rows, AuditConfig(json: #"{"unseen": "refuse"}"#))
    }
    var options = PredictOptions()
    #expect(try model.predict(rows, options).rows == 200)
    options.unseen = .refuse
    BadInputTests.expectFailure(.invalidData, "astronaut", "job") { _ = try model.predict(rows, options) }
    #expect(try model.predict(Self.table("clerk"), options).rows == 200)
  }
}
