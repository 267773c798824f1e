import Datasets
import Platform

/// A step of a transform: its configuration, and how it learns from training rows and changes them.
///
/// A new step is a file with such a type, and a line in `StepTable`.
public protocol TransformStep: Configuration {
  /// What "name" of the step's object says.
  static var name: String { get }

  /// Changes the training rows, and returns what is done to other rows.
  ///
  /// - Throws: `invalidConfig` below `work.pointer`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`.
  func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep

  /// Reads what `FittedStep.write` wrote, from bytes that anybody may have made.
  ///
  /// - Throws: `invalidData`.
  static func restore(_ reader: inout ByteReader) throws -> any FittedStep
}

extension TransformStep {
  /// Most steps that add, drop or relabel rows leave others as they are.
  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try TrainingRowsOnly(from: &reader)
  }
}

/// What a step learnt.
public protocol FittedStep {
  /// Changes rows that were not learnt from: each stays a row, in its place.
  ///
  /// - Throws: `invalidData` for rows that lack what the step needs.
  func apply(_ rows: inout TransformRows) throws
  /// Whether `apply` changes what a model reads, so that prediction needs the step.
  var changesInputs: Bool { get }
  /// What was learnt, for reports and descriptions.
  var learnt: JSONValue { get }
  func write(to writer: inout ByteWriter)
}

/// A step that changes the rows that it learns from, and no others.
struct TrainingRowsOnly: FittedStep {
  let learnt: JSONValue
  let changesInputs = false

  init(_ learnt: JSONValue = .object([] as [JSONValue.Member])) { self.learnt = learnt }

  init(from reader: inout ByteReader) throws {
    learnt = try JSONValue.parse(reader.text(), failing: .invalidData)
  }

  func apply(_ rows: inout TransformRows) {}
  func write(to writer: inout ByteWriter) { writer.write(learnt.text()) }
}

/// What a step works with besides rows: its place in the configuration, its own random numbers, and its notes.
public struct StepWork {
  /// "/steps/2"
  let pointer: String
  var random: RandomStream
  private(set) var notes: [String] = []

  init(pointer: String, random: RandomStream) {
    self.pointer = pointer
    self.random = random
  }

  /// Says in the report what a reader should know.
  mutating func note(_ sentence: String) { if notes.count < 50 { notes.append(sentence) } }

  /// - Throws: always, for what the configuration asks and the rows do not allow.
  func invalid(_ key: String, _ message: String) -> Failure {
    .invalidConfig(message, at: key.isEmpty ? pointer : "\(pointer)/\(key)")
  }
}
