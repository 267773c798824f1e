import Testing

@testable import Datasets

@Suite("Digests of integers with known categories")
struct CompactDigestTests {
  @Test(
    "The digest is the same before and after the categories are found",
    arguments: [(0, 2), (-3, 2), (0, 10), (1_000, 16), (-120, 200), (5, 254), (7, 1), (256, 3)])
  func same(start: Int64, span: Int) throws {
    let values = (0..<150_001).map { start + Int64(($0 * 7919 + $0 / 3) % span) }
    let plain = try Dataset([Column(name: "a", integers: values)])
    let known = try Dataset([Column(name: "a", integers: values)])
    let compact = try known.column("a").compactCategories()
    #expect(compact.names == (0..<span).map { String(start + Int64($0)) })
    #expect(
      try (0..<values.count).allSatisfy { try #require(compact.code(at: $0)) == Int(values[$0] - start) })
    #expect(try known.column("a").knownCodes != nil)
    #expect(try known.digest() == plain.digest())
  }

  @Test("Integers with gaps, missing ones and wide ones keep their codes and digests")
  func others() throws {
    let gaps = try Dataset([Column(name: "a", integers: [5, 9, 5, 200])])
    let compact = try gaps.column("a").compactCategories()
    #expect(compact.names == ["5", "9", "200"] && (0..<4).map { compact.code(at: $0) } == [0, 1, 0, 2])
    #expect(try gaps.column("a").knownCodes == nil)
    let wide = try Dataset([Column(name: "a", integers: [Int64.min, Int64.max, 0, 255])])
    let found = try wide.column("a").compactCategories()
    #expect(found.names == [String(Int64.min), "0", "255", String(Int64.max)])
    #expect((0..<4).map { found.code(at: $0) } == [0, 3, 1, 2])
  }
}
