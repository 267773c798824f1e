import Platform

/// A value of a tokenizer's JSON file and its location, for errors.
struct ModelField {
  let value: JSONValue
  /// The file's name.
  let file: String
  /// The JSON pointer of the value; empty for the whole file.
  let pointer: String

  init(_ value: JSONValue, file: String, pointer: String = "") {
    self.value = value
    self.file = file
    self.pointer = pointer
  }

  private var place: String { pointer.isEmpty ? file : "\(file): \(pointer)" }

  func invalid(_ message: String) -> Failure {
    Failure(.invalidModel, "\(place): \(message)", at: pointer.isEmpty ? file : pointer)
  }

  func unsupported(_ message: String) -> Failure {
    Failure(.unsupported, "\(place): \(message)", at: pointer.isEmpty ? file : pointer)
  }

  /// A member; null if it is absent.
  func member(_ name: String) -> ModelField {
    ModelField(value[name] ?? .null, file: file, pointer: "\(pointer)/\(name)")
  }

  func element(_ index: Int) -> ModelField {
    ModelField(value[index] ?? .null, file: file, pointer: "\(pointer)/\(index)")
  }

  var isNull: Bool { value == .null }

  private func expected(_ what: String) -> Failure {
    isNull ? invalid("\(what) is missing") : invalid("\(value.kindName) stands where \(what) should")
  }

  func string() throws -> String {
    guard let string = value.string else { throw expected("a string") }
    return string
  }

  /// The text; nil if the value is null.
  func stringIfPresent() throws -> String? { isNull ? nil : try string() }

  func bool(default absent: Bool) throws -> Bool {
    if isNull { return absent }
    guard let bool = value.bool else { throw expected("true or false") }
    return bool
  }

  func int(in range: ClosedRange<Int>) throws -> Int {
    guard let int = value.int else { throw expected("a whole number") }
    guard range.contains(int) else {
      throw invalid("\(int) is not in \(range.lowerBound) to \(range.upperBound)")
    }
    return int
  }

  func elements() throws -> [ModelField] {
    guard let array = value.array else { throw expected("an array") }
    var fields: [ModelField] = []
    for (index, value) in array.enumerated() {
      fields.append(ModelField(value, file: file, pointer: "\(pointer)/\(index)"))
    }
    return fields
  }

  func members() throws -> [JSONValue.Member] {
    guard let members = value.members else { throw expected("an object") }
    return members
  }
}
