import Platform
import Testing

@testable import Datasets

@Suite("Public tables", .needsReferenceData)
struct PublicTablesTests {
  private func adult(_ name: String) throws -> Dataset {
    var options = OpenOptions()
    options.header = false
    options.columnNames = ReferenceData.adultColumns
    options.comment = "|"
    return try Dataset.open(path: ReferenceData.path("adult/\(name)"), options: options)
  }

  @Test(
    "UCI Adult: rows, missing cells and positives as its documentation counts them",
    arguments: [("adult.data.gz", 32561, 4262, ">50K", 7841), ("adult.test.gz", 16281, 2203, ">50K.", 3846)])
  func adultCounts(file: String, rows: Int, missing: Int, positive: String, positives: Int) throws {
    let data = try adult(file)
    #expect(data.rows == rows)
    #expect(data.columns.reduce(0) { $0 + $1.missingCount } == missing)
    let income = try data.column("income").categories()
    let code = try #require(income.index(of: positive))
    #expect(income.codes.array.filter { $0 == Int32(code) }.count == positives)
    #expect(
      data.columns.filter(\.isNumeric).map(\.name)
        == ["age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"])
  }

  @Test("Quoted line ends: 24,783 rows of 7 columns")
  func quotedLineEnds() throws {
    let data = try Dataset.open(path: ReferenceData.path("hate_offensive/labeled_data.csv.gz"))
    #expect(data.rows == 24783 && data.columns.count == 7)
    let classes = try data.column("class").categories()
    let counts = classes.codes.array.reduce(into: [0, 0, 0]) { $0[Int($1)] += 1 }
    #expect(counts == [1430, 19190, 4163])
  }

  @Test("COMPAS: 7,214 rows; names that occur twice are made distinct")
  func compas() throws {
    let data = try Dataset.open(path: ReferenceData.path("compas/compas-scores-two-years.deid.csv.gz"))
    #expect(data.rows == 7214 && data.columns.count == 46)
    #expect(data.contains("decile_score_2") && data.contains("priors_count_2"))
    #expect(try data.column("two_year_recid").integers().array.reduce(0, +) == 3251)
  }

  @Test("Unquoted quotes: 5,574 messages when quotes have no meaning")
  func unquotedQuotes() throws {
    let data = try Dataset.open(
      path: ReferenceData.path("sms_spam/sms.tsv.gz"),
      options: OpenOptions(json: #"{"header": false, "quote": null, "missing": []}"#))
    #expect(data.rows == 5574 && data.columns.count == 2)
  }

  @Test(
    "Written rows read back with the same digest",
    arguments: ["a.csv", "a.tsv.gz", "a.jsonl", "a.jsonl.gz"])
  func roundTrip(name: String) throws {
    for original in [
      try adult("adult.test.gz"),
      try Dataset.open(path: ReferenceData.path("hate_offensive/labeled_data.csv.gz")),
    ] {
      try ReferenceData.withTemporary(name) { path in
        try original.write(path: path)
        #expect(try Dataset.open(path: path).digest() == original.digest())
      }
    }
  }

  @Test("A gzip file that is cut off or damaged is refused")
  func damagedGzip() throws {
    let file = try MappedFile(path: ReferenceData.path("adult/adult.test.gz"))
    for count in [3, 18, 1000, file.bytes.count - 1] {
      let part = UnsafeRawBufferPointer(rebasing: file.bytes[..<count])
      let text = message { try Dataset.read(bytes: part, named: "adult.csv.gz") }
      #expect(text.contains("gzip data ends too early"), "\(count): \(text)")
    }
    var damaged = Array(file.bytes)
    damaged[damaged.count / 2] ^= 0xff
    let text = message { try damaged.withUnsafeBytes { try Dataset.read(bytes: $0, named: "adult.csv.gz") } }
    #expect(text.contains("gzip data is broken"), "\(text)")
  }

  @Test("Adult's official split: every number is standardized, every category has its slot")
  func adultEncoding() throws {
    let train = try adult("adult.data.gz")
    let columns = ReferenceData.adultColumns.filter { !["fnlwgt", "sex", "income"].contains($0) }
    let encoder = try TableEncoder.fit(train, columns: columns)
    // 5 numbers; 8 + 16 + 7 + 14 + 6 + 5 + 41 categories, and 3 columns with missing values.
    #expect(encoder.width == 5 + 8 + 16 + 7 + 14 + 6 + 5 + 41 + 3)
    let values = try encoder.encode(train)
    let age = try encoder.slot(of: "age").offset
    let ages = (0..<train.rows).map { Double(values.elements[$0 * encoder.width + age]) }
    let mean = ages.reduce(0, +) / Double(ages.count)
    #expect(abs(mean) < 1e-6)
    #expect(abs(ages.reduce(0) { $0 + $1 * $1 } / Double(ages.count) - 1) < 1e-6)
    // The test rows have the same categories; each one-hot column sums to 1.
    let test = try encoder.encode(adult("adult.test.gz"))
    for slot in encoder.slots where slot.kind == .category {
      for row in 0..<16281 {
        let start = row * encoder.width + slot.offset
        #expect(test.elements[start..<(start + slot.width)].reduce(0, +) == 1)
      }
    }
  }
}
