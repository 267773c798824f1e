import Configurations
import Datasets
import Formats
import Models
import Platform

/// The networks of trainings without constraints, from which candidates that differ only in their constraints continue:
/// the phase without constraints is then run once for all of them.
final class SharedFits {
  private final class Entry {
    let lock = Lock()
    var network: Network?
  }

  private let lock = Lock()
  private var entries: [(key: String, entry: Entry)] = []
  /// More networks are not kept; the oldest is made again if it is needed.
  private static let maximum = 16

  /// Whether candidates of a space can share a network: some of them differ only in constraints and adjustments.
  static func apply(to space: SearchSpace) -> Bool {
    space.alternatives.contains { entries in
      entries.contains { entry in
        entry.values.grid.count > 1 && ["/fairness", "/after"].contains { entry.pointer.hasPrefix($0) }
      }
    }
  }

  /// The network of a candidate's training without constraints and adjustments; nil for a training without phases.
  ///
  /// - Parameters:
  ///   - key: is different for different base models.
  ///   - rows: the training rows.
  func network(
    _ base: Model, _ config: FineTuneConfig, on rows: Dataset, key: String, threads: ThreadBudget,
    _ progress: Progress.Callback?
  ) throws -> Network? {
    var config = config
    (config.fairness, config.after) = ([], [])
    guard GradientSettings(config.train, growsTrees: base.growsTrees).mayHavePhases,
      config.train.adapter == nil, config.reduction == nil
    else {
      return nil
    }
    let entry = entry("\(key) \(ObjectIdentifier(rows)) \(config.encoded.text())")
    // Other candidates that need the network wait for it.
    return try entry.lock.withLock {
      if let network = entry.network { return network }
      let plan = try TuningPlan(base, config, threads: threads)
      let network = try plan.run(rows, nil, from: (rows, nil), progress).model.requireNetwork().network
      entry.network = network
      return network
    }
  }

  private func entry(_ key: String) -> Entry {
    lock.withLock {
      if let known = entries.first(where: { $0.key == key }) { return known.entry }
      let made = Entry()
      entries.append((key, made))
      if entries.count > Self.maximum { entries.removeFirst() }
      return made
    }
  }
}
