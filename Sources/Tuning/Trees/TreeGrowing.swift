import Configurations
import Engine
import Fairness
import Formats
import Platform

/// Grows more trees, if configured; gradient training then continues with their leaves.
struct TreeGrowing: TrainingMethod {
  let settings: TreesConfig
  let seed: Int

  func train(_ course: TrainingCourse) throws {
    course.account.trees = course.network.treeCount.map { TreeAccount(before: $0) }
    let rounds = settings.grow ?? 0
    guard rounds > 0 else { return }
    let (problem, network) = (course.problem, course.network)
    do {
      let growth = try TreeGrowth(
        settings.growth(isNew: false, seed: seed), problem.goal, problem.rows,
        width: network.graph.outputWidth)
      let (grown, history) = try growth.grow(
        network, TreeGrowth.Features(unseen: problem.tunable.unseenFeatures), rounds: rounds,
        progress: course.progress)
      course.network = grown
      course.objective = growth.objective
      course.account.trees?.grown = (grown.treeCount ?? 0) - (network.treeCount ?? 0)
      course.account.trees?.rounds = history
    } catch let failure as Failure where failure.kind == .unsupported && failure.location.isEmpty {
      throw Failure(.unsupported, "/train/trees: \(failure.message)", at: "/train/trees")
    }
  }
}

extension Network {
  /// The number of trees of a network that begins with an ensemble; nil if it does not.
  var treeCount: Int? { graph.soleEnsemble?.ensemble.trees.trees.count }
}
