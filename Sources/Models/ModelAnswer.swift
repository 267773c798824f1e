import Configurations
import Fairness
import Platform

/// What a model says of what it reads.
package enum ModelAnswer {
  /// One score of every row, or one for each class.
  case rows
  /// A score of every row for each of several labels.
  case labels
  /// A tag of every word of a text.
  case words
  /// A vector of every text.
  case vectors

  /// What labels of such a model are of.
  package var labelled: LabelledThing {
    switch self {
    case .rows, .vectors: .rows
    case .labels: .labels
    case .words: .words
    }
  }
}

extension TaskChoice {
  /// The answer that a configuration asks for by a task; nil: a score of every row, or the model's own.
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
  /// What the model is for, in a word; nil until a label tells.
  package var taskName: String? {
    switch answer {
    case .words: TaskChoice.tokens.rawValue
    case .labels: TaskChoice.multilabel.rawValue
    case .rows, .vectors: task?.name
    }
  }

  /// The class of a word that is not read.
  package var outside: Int { classLabels.firstIndex(of: Tags.outside) ?? 0 }

  /// Whether the classes have names: a checkpoint that says nothing of them has LABEL_0, LABEL_1 …
  package var hasNamedClasses: Bool { !classLabels.elementsEqual(classLabels.indices.map { "LABEL_\($0)" }) }

  /// What labels are of, by a configuration's choice or else the model's own.
  ///
  /// - Throws: `unsupported` for what models of this kind never answer.
  package func labelled(_ choice: TaskChoice, at pointer: String) throws -> LabelledThing {
    guard let asked = choice.answer else { return answer.labelled }
    guard reader.possibleAnswers.contains(asked) else {
      throw Failure.unsupported("the task \(choice.rawValue) is for text models", at: pointer)
    }
    return asked.labelled
  }
}
