import Platform

/// A model file divided into sections of "key=value" lines: the header, and one section for each tree.
struct LightGBMText {
  struct Section {
    /// The number of its first line, for messages.
    let line: Int
    fileprivate(set) var values: [Substring: Substring] = [:]

    subscript(key: String) -> Substring? { values[key[...]] }
    func has(_ key: String) -> Bool { values[key[...]] != nil }

    func list(_ key: String) -> [Substring] {
      (self[key] ?? "").utf8.split(separator: UInt8(ascii: " ")).map(Substring.init)
    }

    func integer(_ key: String, fallback: @autoclosure () throws -> Int) throws -> Int {
      has(key) ? try integer(key) : try fallback()
    }

    func integer(_ key: String) throws -> Int {
      guard let text = self[key], let number = Int(text), (0...(1 << 24)).contains(number) else {
        throw Failure.invalidModel("\(key)=\(self[key] ?? "") is not a count")
      }
      return number
    }

    func integers(_ key: String, count: Int) throws -> [Int] {
      let numbers = list(key).compactMap { Int($0) }
      try require(numbers.count, list(key).count, count, key)
      return numbers
    }

    /// Numbers, including infinities.
    func numbers(_ key: String, count: Int) throws -> [Double] {
      let numbers = list(key).compactMap { Double($0) }
      try require(numbers.count, list(key).count, count, key)
      return numbers
    }

    private func require(_ read: Int, _ written: Int, _ wanted: Int, _ key: String) throws {
      guard read == written else { throw Failure.invalidModel("\(key) has something that is not a number") }
      guard read == wanted else {
        throw Failure.invalidModel("\(key) has \(read) numbers; \(wanted) are needed")
      }
    }
  }

  let name: String
  private(set) var header = Section(line: 1)
  private(set) var trees: [Section] = []
  private(set) var headerLines: [Substring] = []
  /// The lines between "parameters:" and "end of parameters".
  private(set) var parameters: [Substring] = []
  /// JSON, present if Python's package wrote the file.
  private(set) var pandasCategorical: Substring?

  static let firstLine = "tree"

  /// - Throws: `invalidModel` at `name:line` for text that is not such a file.
  init(_ bytes: UnsafeRawBufferPointer, named name: String) throws {
    self.name = name
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure.invalidModel("the text is not UTF-8", at: name)
    }
    var number = 0
    var isTree = false
    var (isBehindTrees, isOfParameters) = (false, false)
    // Split by bytes, because splitting by characters takes ten times as long.
    for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = Substring(bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes)
      number += 1
      if number == 1 {
        guard line == Self.firstLine else {
          throw Failure.invalidModel(
            "not a model of LightGBM: the first line is not \"tree\"", at: "\(name):1")
        }
        continue
      }
      if isBehindTrees {
        let start = "pandas_categorical:"
        if line == "parameters:" || line == "end of parameters" {
          isOfParameters = line == "parameters:"
        } else if isOfParameters {
          parameters.append(line)
        } else if line.hasPrefix(start) {
          pandasCategorical = line.dropFirst(start.count)
        }
        continue
      }
      // In older files, no line marks the end of the trees; the next section does.
      if line == "end of trees" || line.hasPrefix("feature importances") {
        try requireAll(number)
        isBehindTrees = true
        continue
      }
      if line.hasPrefix("Tree=") {
        trees.append(Section(line: number))
        isTree = true
        continue
      }
      guard !line.isEmpty else { continue }
      let equals = line.utf8.firstIndex(of: UInt8(ascii: "="))
      let key = equals.map { line[..<$0] } ?? line
      let value = equals.map { line[line.index(after: $0)...] } ?? ""
      if !isTree { headerLines.append(line) }
      let old =
        isTree
        ? trees[trees.count - 1].values.updateValue(value, forKey: key)
        : header.values.updateValue(value, forKey: key)
      guard old == nil else {
        throw Failure.invalidModel("\"\(key)\" stands here twice", at: "\(name):\(number)")
      }
    }
    guard isBehindTrees else {
      throw Failure.invalidModel("the file was cut off: \"end of trees\" is missing", at: "\(name):\(number)")
    }
    while parameters.last == "" { parameters.removeLast() }
  }

  /// Checks the number of trees if the header lists their sizes.
  private func requireAll(_ line: Int) throws {
    let listed = header.list("tree_sizes").count
    guard !header.has("tree_sizes") || listed == trees.count else {
      throw Failure.invalidModel("\(trees.count) of \(listed) trees are in the file", at: "\(name):\(line)")
    }
  }
}
