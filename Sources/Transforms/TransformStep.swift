import Datasets
import Platform

/// A step of a transform: its settings, and how it is fitted to training rows and changes them.
///
/// A new step is a file with such a type, and an entry in `StepTable`.
public protocol TransformStep: Configuration {
  /// The value of "name" in the step's object.
  static var name: String { get }

  /// Changes the training rows, and returns the changes to apply to other rows.
  ///
  /// - Throws: `invalidConfig` below `work.pointer`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`.
  func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep

  /// Reads the output of `FittedStep.write`; the bytes are not trusted.
  ///
  /// - Throws: `invalidData`.
  static func restore(_ reader: inout ByteReader) throws -> any FittedStep
}

extension TransformStep {
  /// For steps that only add, drop or relabel training rows.
  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try TrainingRowsOnly(from: &reader)
  }
}

/// A step fitted to training rows.
public protocol FittedStep {
  /// Changes rows to which it was not fitted; the number and the order of rows stay the same.
  ///
  /// - Throws: `invalidData` for rows that lack a column that the step needs.
  func apply(_ rows: inout TransformRows) throws
  /// Whether `apply` changes columns that a model reads, so that prediction needs the step too.
  var changesInputs: Bool { get }
  /// The fitted parameters, for reports and descriptions.
  var learnt: JSONValue { get }
  func write(to writer: inout ByteWriter)
}

/// A fitted step that changes the training rows only.
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

/// The context of a step: its pointer in the configuration, its random numbers, and its notes.
public struct StepWork {
  /// "/steps/2"
  let pointer: String
  var random: RandomStream
  private(set) var notes: [String] = []

  init(pointer: String, random: RandomStream) {
    self.pointer = pointer
    self.random = random
  }

  /// Adds a note to the report.
  mutating func note(_ sentence: String) { if notes.count < 50 { notes.append(sentence) } }

  /// The error for a configuration that the rows do not allow.
  func invalid(_ key: String, _ message: String) -> Failure {
    .invalidConfig(message, at: key.isEmpty ? pointer : "\(pointer)/\(key)")
  }
}
