import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Convolutional networks on images", .needsSharedData)
struct ImageTrainingTests {
  static func digits(_ count: Int) throws -> Dataset {
    let options = try OpenOptions(json: #"{"max_rows": \#(count)}"#)
    let images = try Dataset.open(
      path: SharedData.path("data/mnist/t10k-images-idx3-ubyte.gz"), options: options)
    // A sensitive attribute that is nearly the digit's size.
    let groups = try images.column("label").numbers().array.map { $0 < 5 ? "small" : "large" }
    let rows = try Dataset(images.columns)
    try rows.add(Column(name: "group", texts: groups))
    return rows
  }

  @Test("A small VGG learns MNIST's digits from an IDX file, is saved as ONNX, and predicts the same again")
  func tuned() throws {
    let rows = try Self.digits(1_500)
    let base = try Model.load(path: SharedData.path("reference/tabular/vgg-small.onnx"))
    let config = try FineTuneConfig(
      json: """
        {"data": {"label": "label", "sensitive": ["group"]},
         "train": {"epochs": 4, "batch_size": 32, "freeze": ["nothing*"], "optimizer": {"learning_rate": 2e-3}}}
        """)
    #expect(throws: Failure.self) { try fineTune(base, train: rows, validation: nil, config) }
    var open = config
    open.train.freeze = []
    let (model, _) = try fineTune(base, train: rows, validation: nil, open)
    let labels = try rows.column("label").numbers().array
    let found = try model.predict(rows).column("label").numbers().array
    let right = zip(labels, found).filter { $0 == $1 }.count
    #expect(right > 1_350, "\(right) of 1,500")
    let directory = try TemporaryDirectory()
    let path = directory.path + "/vgg.onnx"
    try model.save(path: path)
    #expect(try Model.load(path: path).predict(rows).column("label").numbers().array == found)
  }

  @Test("With a new head a network of ten classes learns two others, with some images mirrored")
  func newHead() throws {
    let rows = try Self.digits(1_000)
    let base = try Model.load(path: SharedData.path("reference/tabular/vgg-small.onnx"))
    let config = try FineTuneConfig(
      json: """
        {"data": {"label": "group"},
         "train": {"epochs": 6, "batch_size": 32, "head": {"hidden": [16]}, "augment": {"flip": 0.1},
                   "optimizer": {"learning_rate": 3e-3}}}
        """)
    let (model, _) = try fineTune(base, train: rows, validation: nil, config)
    #expect(model.classLabels == ["large", "small"] && model.scoreCount == 1)
    let labels = try rows.column("group").categories()
    let found = try model.predict(rows).column("label").categories()
    let right = (0..<rows.rows).filter {
      labels.names[Int(labels.codes.elements[$0])] == found.names[Int(found.codes.elements[$0])]
    }.count
    #expect(right > 850, "\(right) of 1,000")
    var flat = config
    flat.train.augment.flip = 0.5
    let network = try Model.load(path: SharedData.path("reference/tabular/adult-mlp.onnx"))
    #expect(throws: Failure.self) { try fineTune(network, train: rows, validation: nil, flat) }
  }
}
