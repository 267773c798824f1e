import Auditing
import Configurations
import Datasets
import Models
import Platform
import Prediction

/// Predicts groups with a logistic model that it trains.
package struct TunedGroupLearner: GroupLearner {
  package init() {}

  package func scores(
    of rows: Dataset, learning label: String, from training: Dataset, _ settings: GroupLearning
  ) throws -> Buffer<Float> {
    var config = FineTuneConfig()
    config.task = settings.isBinary ? .binary : .multiclass
    config.data.label = label
    config.train.epochs = settings.epochs
    config.train.seed = settings.seed
    config.train.batchSize = settings.batchSize
    config.train.optimizer.learningRate = 0.05
    config.train.schedule.name = .cosine
    var architecture = ArchitectureConfig()
    architecture.kind = .logistic
    architecture.seed = settings.seed
    let model = try fineTune(Model.make(architecture), train: training, validation: rows, config).model
    return try model.scores(model.inputs(of: rows), task: model.task)
  }
}
