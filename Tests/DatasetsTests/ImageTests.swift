import Datasets
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Images as rows")
struct ImageTests {
  static let resources =
    #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Resources"

  func tensor(_ rows: Dataset) throws -> (Buffer<Float>, [Int]) {
    guard case .tensor(let values, let shape) = try rows.column("image").values else {
      throw Failure(.internal, "no tensor")
    }
    return (values, shape)
  }

  func expected(_ name: String) throws -> [Float] {
    let file = try MappedFile(path: Self.resources + "/images.json")
    let json = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
    return (json[name]?.array ?? []).flatMap { ($0.array ?? []).map { Float($0.double ?? .nan) } }
  }

  /// Resources/images.json has the results of torchvision's ToTensor, Resize (antialias), CenterCrop and
  /// Normalize. PIL and libjpeg-turbo decode JPEG with differences of a few levels.
  @Test("A folder of PNG and JPEG files with a folder for each class is read as torchvision reads it")
  func folder() throws {
    let options = try OpenOptions(
      json: """
        {"image": {"resize": 16, "crop": [12, 14], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
        """)
    let rows = try Dataset.open(path: Self.resources + "/images", options: options)
    #expect(try rows.column("label").categories().names == ["cats", "dogs"])
    let (values, shape) = try tensor(rows)
    #expect(shape == [3, 12, 14])
    let wanted = try expected("cropped")
    #expect(values.count == wanted.count)
    let each = 3 * 12 * 14
    for index in wanted.indices {
      let isJPEG = index / each == 1
      #expect(abs(values.elements[index] - wanted[index]) < (isJPEG ? 0.06 : 2e-3))
    }
    let stretched = try tensor(
      Dataset.open(
        path: Self.resources + "/images", options: OpenOptions(json: #"{"image": {"size": [10, 9]}}"#)))
    for (index, value) in try expected("stretched").enumerated() {
      #expect(abs(stretched.0.elements[index] - value) < (index / 270 == 1 ? 0.015 : 1e-3))
    }
  }

  @Test("Images of several sizes, broken ones, and crops that are too large are errors that say what to do")
  func errors() throws {
    func message(_ json: String, _ path: String = Self.resources + "/images") -> String {
      do {
        _ = try Dataset.open(path: path, options: OpenOptions(json: json))
        return "read"
      } catch { return (error as? Failure)?.message ?? "" }
    }
    #expect(message("{}").contains("\"resize\" with \"crop\""))
    #expect(message(#"{"image": {"size": [10, 9], "crop": [11, 9]}}"#).contains("is larger than an image"))
    #expect(message(#"{"image": {"size": [10]}}"#).hasPrefix("/image/size: height and width"))
    #expect(
      message("{}", Self.resources).contains("no images are here")
        || message("{}", Self.resources).contains("image"))
  }

  @Test("A table that names files becomes rows of images; names outside its folder are refused")
  func table() throws {
    let path = "/tmp/equipoise-images-\(getpid())"
    mkdir(path, 0o777)
    defer {
      unlink(path + "/metadata.csv")
      unlink(path + "/a.png")
      rmdir(path)
    }
    #expect(symlink(Self.resources + "/images/cats/a.png", path + "/a.png") == 0)
    try AtomicFile.write("file_name,age\na.png,30\na.png,40\n", to: path + "/metadata.csv")
    let rows = try Dataset.open(path: path)
    #expect(rows.names == ["image", "file_name", "age"])
    #expect(try tensor(rows).1 == [3, 23, 31])
    try AtomicFile.write("file_name,age\n../a.png,30\n", to: path + "/metadata.csv")
    #expect(throws: Failure.self) { try Dataset.open(path: path) }
  }

  @Test("IDX: a header that lies is refused; images and labels are read")
  func idx() throws {
    func read(_ bytes: [UInt8]) throws -> Dataset {
      try bytes.withUnsafeBytes { try Dataset.read(bytes: $0, named: "t10k-images-idx3-ubyte") }
    }
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]
    let (values, shape) = try tensor(read(header + [0, 255, 51, 102]))
    #expect(shape == [1, 1, 2] && zip(values.array, [0, 1, 0.2, 0.4]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(throws: Failure.self) { try read(header + [0, 255, 51]) }
    #expect(throws: Failure.self) {
      try read([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255])
    }
    #expect(try read([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]).column("label").numbers().array == [7, 9])
  }
}
