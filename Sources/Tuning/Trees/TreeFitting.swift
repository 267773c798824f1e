import Configurations
import Engine
import Fairness
import Formats
import Models
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Grows a new ensemble of trees, without constraints: boosting from the constant prediction with the smallest loss,
/// until the loss of the held-out rows does not decrease any more (Friedman 2001). Penalties are part of the
/// gradient. If there are constraints, gradient training then closes the gaps by the leaves' values.
struct TreeFitting: TrainingMethod {
  let settings: TreesConfig
  let seed: Int
  /// Whether the following method judges the grown network itself.
  let hasPhases: Bool

  /// The maximum number of rounds, and the number without held-out rows.
  private static let (mostRounds, fewRounds) = (2000, 20)

  func train(_ course: TrainingCourse) throws {
    let problem = course.problem
    course.account.trees = TreeAccount(before: 0)
    course.network.graph = try Self.startingAtMeans(course.network.graph, problem.rows.targets[0])
    try course.judgeBefore(hasUnconstrainedPhase: hasPhases && !problem.goal.isPenalized) { course.network }
    let goal = problem.goal.hasConstraints ? problem.goal.withoutFairness : problem.goal
    let width = course.network.graph.outputWidth
    let growth = try TreeGrowth(
      settings.growth(isNew: true, seed: seed), goal, problem.rows, width: width)
    let stopping =
      settings.grow != nil
      ? nil
      : problem.heldOut.map { GrowthStopping($0, growth.objective.loss, patience: settings.patience) }
    let features = TreeGrowth.Features(
      unseen: problem.tunable.unseenFeatures, categorical: problem.tunable.categoricalFeatures,
      replacesTrees: true)
    let (network, history) = try growth.grow(
      course.network, features,
      rounds: settings.grow ?? (stopping == nil ? Self.fewRounds : Self.mostRounds), stopping: stopping,
      progress: course.progress)
    let (start, rounds) = (course.network, (network.treeCount ?? 0) / max(width, 1))
    course.regrown = { rows in
      // Folds grow at the same time.
      var settings = settings.growth(isNew: true, seed: seed)
      settings.threads = 1
      return try TreeGrowth(settings, goal, rows, width: width).grow(
        start, features, rounds: rounds, progress: nil
      ).network
    }
    course.network = network
    course.account.trees?.grown = network.treeCount ?? 0
    course.account.trees?.rounds = history
  }

  /// The network whose base scores are the constant prediction with the smallest loss: the logarithms of the classes'
  /// odds or shares, or the mean.
  private static func startingAtMeans(_ graph: Graph, _ target: TrainingRows.Target) throws -> Graph {
    guard let (place, _) = graph.soleEnsemble, let operand = graph.nodes[place].inputs.dropFirst(2).first,
      case .parameter(let index) = graph[operand].source
    else { return graph }
    let base = graph.parameters[index]
    let scores = try Buffer(copying: base.values.elements, for: "base scores")
    var sums = [Double](repeating: 0, count: max(scores.count, 1))
    var total = 0.0
    for row in 0..<target.values.count {
      let (weight, value) = (Double(target.weights?.pointer[row] ?? 1), target.values.pointer[row])
      total += weight
      if scores.count == 1 {
        sums[0] += weight * Double(value)
      } else if let place = Int(exactly: value), sums.indices.contains(place) {
        sums[place] += weight
      }
    }
    for output in 0..<scores.count {
      let mean = sums[output] / max(total, .leastNormalMagnitude)
      let share = min(max(mean, 1e-6), 1 - 1e-6)
      scores.pointer[output] =
        switch target.labels.task {
        case .regression: Float(mean)
        case .binary: Float(scores.count == 1 ? log(share / (1 - share)) : log(share))
        case .multiclass: Float(log(share))
        }
    }
    var parameters = graph.parameters
    parameters[index] = try Tensor(name: base.name, shape: base.shape, values: scores)
    return try graph.replacing(parameters: parameters)
  }
}
