import Configurations
import Fairness
import Platform

/// The kind of answer that a model gives.
package enum ModelAnswer {
  /// For every row one score, or one score per class.
  case rows
  /// For every row one score per label.
  case labels
  /// For every word of a text one tag.
  case words
  /// For every text one vector.
  case vectors

  /// The unit of analysis of such a model's labels.
  package var labelled: UnitOfAnalysis {
    switch self {
    case .rows, .vectors: .rows
    case .labels: .labels
    case .words: .words
    }
  }
}

extension TaskChoice {
  /// The kind of answer that a configured task implies; nil: one score per row, or the model's own kind.
  fileprivate var answer: ModelAnswer? {
    switch self {
    case .tokens: .words
    case .multilabel: .labels
    case .binary, .multiclass, .regression: .rows
    case .auto: nil
    }
  }
}

extension Model {
  /// The name of the model's task; nil if it is not known before labels are read.
  package var taskName: String? {
    switch answer {
    case .words: TaskChoice.tokens.rawValue
    case .labels: TaskChoice.multilabel.rawValue
    case .rows, .vectors: task?.name
    }
  }

  /// The class of words that are not read.
  package var outside: Int { classLabels.firstIndex(of: Tags.outside) ?? 0 }

  /// Whether the classes have names; a checkpoint without names has LABEL_0, LABEL_1 …
  package var hasNamedClasses: Bool { !classLabels.elementsEqual(classLabels.indices.map { "LABEL_\($0)" }) }

  /// The unit of analysis of labels: from the configuration, or else the model's own.
  ///
  /// - Throws: `unsupported` if models of this kind cannot give such answers.
  package func labelled(_ choice: TaskChoice, at pointer: String) throws -> UnitOfAnalysis {
    guard let asked = choice.answer else { return answer.labelled }
    guard reader.possibleAnswers.contains(asked) else {
      throw Failure.unsupported("the task \(choice.rawValue) is for text models", at: pointer)
    }
    return asked.labelled
  }
}
