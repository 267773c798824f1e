import CImages
import Platform
import TableKernels

/// Reads PNG and JPEG files into one block of floats, according to the options.
struct ImageReader {
  let options: ImageOptions
  let channels: Int
  private let mean: [Float]
  private let deviation: [Float]

  /// The maximum number of pixels of an image; a few bytes of a file could claim more.
  static let maximumPixels = 1 << 28

  init(_ options: ImageOptions, channels: Int) throws {
    self.options = options
    self.channels = options.channels ?? channels
    func list(_ values: [Double], _ fallback: Float, _ name: String, _ count: Int) throws -> [Float] {
      guard values.isEmpty || values.count == count else {
        throw Failure.invalidConfig(
          "\(values.count) numbers are given for \(count) channels", at: "/image/\(name)")
      }
      return values.isEmpty ? Array(repeating: fallback, count: count) : values.map { Float($0) }
    }
    mean = try list(options.mean, 0, "mean", self.channels)
    deviation = try list(options.deviation, 1, "std", self.channels)
  }

  /// How an image of some size is processed: the size to which it is resized, and the region that is used.
  struct Frame: Equatable {
    var full: [Int]
    var kept: [Int]
  }

  /// - Throws: `invalidConfig` for a crop larger than the image.
  func frame(height: Int, width: Int) throws -> Frame {
    var full = [height, width]
    if !options.size.isEmpty { full = options.size }
    if let shorter = options.resize {
      let factor = Double(shorter) / Double(max(min(height, width), 1))
      // The longer side is truncated to an integer, as in torchvision.
      full = [height, width].map {
        $0 == min(height, width) ? shorter : max(1, Int(min(Double($0) * factor, 1_000_000)))
      }
    }
    guard !options.crop.isEmpty else { return Frame(full: full, kept: full) }
    guard options.crop[0] <= full[0], options.crop[1] <= full[1] else {
      throw Failure.invalidConfig(
        "\(options.crop) is larger than an image of \(full)", at: "/image/crop")
    }
    return Frame(full: full, kept: options.crop)
  }

  /// The size in the file's header.
  func size(_ bytes: UnsafeRawBufferPointer, named name: String) throws -> (height: Int, width: Int) {
    let base = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let base, image_format_of(base, bytes.count) != IMAGE_UNKNOWN else {
      throw Failure.invalidData("neither a PNG nor a JPEG file", at: name)
    }
    var (height, width): (UInt32, UInt32) = (0, 0)
    try Self.expect(image_size(base, bytes.count, &height, &width), named: name)
    let (count, overflow) = Int(height).multipliedReportingOverflow(by: Int(width))
    guard count > 0, !overflow, count <= Self.maximumPixels else {
      throw Failure.invalidData("an image of \(height) × \(width) pixels is too large", at: name)
    }
    return (Int(height), Int(width))
  }

  private static func expect(_ result: Int32, named name: String) throws {
    if Int(result) == IMAGE_NO_MEMORY { throw Failure.outOfMemory(bytes: 0, for: name) }
    if result != 0 { throw Failure.invalidData("a broken image", at: name) }
  }

  /// Decodes one file into (channels, height, width) of the frame.
  func read(
    _ bytes: UnsafeRawBufferPointer, named name: String, into target: UnsafeMutablePointer<Float>,
    _ kept: [Int]
  ) throws {
    let (height, width) = try size(bytes, named: name)
    let frame = try frame(height: height, width: width)
    guard frame.kept == kept else {
      throw Failure.invalidData(
        "the image is \(frame.kept[0]) × \(frame.kept[1]) and the first one \(kept[0]) × \(kept[1]); \"size\", or "
          + "\"resize\" with \"crop\", in \"image\" makes them alike", at: name)
    }
    let pixels = try Buffer<UInt8>(count: height * width * channels, for: "an image")
    let base = bytes.bindMemory(to: UInt8.self).baseAddress
    try Self.expect(
      image_decode(base, bytes.count, UInt32(height), UInt32(width), Int32(channels), pixels.pointer),
      named: name)
    try withExtendedLifetime(pixels) {
      try sample(pixels.pointer, height: height, width: width, frame, into: target)
    }
  }

  /// Converts pixels (height, width, channels) to (channels, height, width) of the frame.
  func sample(
    _ pixels: UnsafePointer<UInt8>, height: Int, width: Int, _ frame: Frame,
    into target: UnsafeMutablePointer<Float>
  ) throws {
    let work = try Buffer<Float>(count: frame.kept[0] * width * channels, for: "an image")
    mean.withUnsafeBufferPointer { mean in
      deviation.withUnsafeBufferPointer { deviation in
        var plan = image_sampling(
          height: height, width: width, channels: channels, full_height: frame.full[0],
          full_width: frame.full[1], out_height: frame.kept[0], out_width: frame.kept[1],
          top: Self.middle(frame, 0), left: Self.middle(frame, 1),
          scale: Float(options.scale), mean: mean.baseAddress, deviation: deviation.baseAddress)
        image_sample(&plan, pixels, work.pointer, target)
      }
    }
    withExtendedLifetime(work) {}
  }

  /// The start of the centre region; of two candidates the even one, as in torchvision.
  private static func middle(_ frame: Frame, _ axis: Int) -> Int {
    Int((Double(frame.full[axis] - frame.kept[axis]) / 2).rounded(.toNearestOrEven))
  }

  /// The images of files as one column; read on all threads.
  func column(named name: String, paths: [String]) throws -> Column {
    guard let first = paths.first else {
      return try Column(name: name, values: .tensor(Buffer(count: 0), shape: [channels, 1, 1]))
    }
    let opening = try MappedFile(path: first)
    let kept = try withExtendedLifetime(opening) {
      let (height, width) = try size(opening.bytes, named: first)
      return try frame(height: height, width: width).kept
    }
    let each = channels * kept[0] * kept[1]
    let (count, overflow) = each.multipliedReportingOverflow(by: paths.count)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "images") }
    let values = try Buffer<Float>(count: count, for: "images")
    let (failures, shards) = (FirstFailure(), WorkerPool.shards(of: paths.count, minimum: 1))
    let cancel = HostCall.cancelFlag
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        for row in shards[shard] {
          if cancel?.isRequested == true { throw HostCall.cancelled }
          try HostCall.report("read", row - shards[shard].lowerBound, of: shards[shard].count)
          let file = try MappedFile(path: paths[row])
          try withExtendedLifetime(file) {
            try read(file.bytes, named: paths[row], into: values.pointer + row * each, kept)
          }
        }
      }
    }
    try failures.rethrow()
    return try Column(name: name, values: .tensor(values, shape: [channels] + kept))
  }
}
