// Tokenizes the texts of a file, for comparison with another library (compare.py) and for timing.
//
//   TokenizeTexts encode DIRECTORY TEXTS [OPTION...]   a line of JSON for each text
//   TokenizeTexts time DIRECTORY TEXTS THREADS         seconds of nine encodings of all texts
//   TokenizeTexts decode DIRECTORY IDS                 a line of JSON for each line of numbers
//
// TEXTS contains each text as its length (four bytes, least significant first) followed by its bytes.
// Options: pairs (every two texts form a pair), max=N, stride=N, windows, onlyFirst, onlySecond, left, plain
// (no special tokens).
import Glibc
import Platform
import Tokenizers

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else {
  print("usage: TokenizeTexts encode|time|decode DIRECTORY FILE [OPTION...]")
  exit(2)
}

func numbers(_ values: some Sequence<Int32>) -> JSONValue { .array(values.map { .integer(Int64($0)) }) }

do {
  let tokenizer = try Tokenizer.load(directory: arguments[1])
  let file = try MappedFile(path: arguments[2])
  switch arguments[0] {
  case "encode": try encode(tokenizer, Texts(file.bytes), Array(arguments.dropFirst(3)))
  case "time":
    try time(tokenizer, Texts(file.bytes), threads: Int32(arguments.dropFirst(3).first ?? "1") ?? 1)
  case "decode": try decode(tokenizer, String(decoding: file.bytes, as: UTF8.self))
  default: print("\"\(arguments[0])\" is none of encode, time, decode")
  }
} catch let failure as Failure {
  print(JSONValue.object(["error": .string(failure.message), "location": .string(failure.location)]).text())
  exit(1)
}

/// Texts stored one after another.
struct Texts {
  var bytes: [UInt8] = []
  var offsets: [Int64] = [0]

  init(_ file: UnsafeRawBufferPointer) {
    var place = 0
    while place + 4 <= file.count {
      let length = Int(file.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      place += 4
      bytes += file[place..<min(place + length, file.count)]
      offsets.append(Int64(bytes.count))
      place += length
    }
  }

  func block(_ body: (TextBlock) throws -> Void) rethrows {
    try bytes.withUnsafeBufferPointer { bytes in
      try offsets.withUnsafeBufferPointer { offsets in
        guard let base = bytes.baseAddress, let places = offsets.baseAddress else { return }
        try body(TextBlock(bytes: base, offsets: places, count: offsets.count - 1))
      }
    }
  }

  /// Every second text, starting at index `first`.
  func half(_ first: Int) -> Texts {
    var half = Texts(UnsafeRawBufferPointer(start: nil, count: 0))
    for index in stride(from: first, to: offsets.count - 1, by: 2) {
      half.bytes += bytes[Int(offsets[index])..<Int(offsets[index + 1])]
      half.offsets.append(Int64(half.bytes.count))
    }
    return half
  }
}

func options(_ words: [String]) -> EncodingOptions {
  var options = EncodingOptions()
  for word in words {
    let parts = word.split(separator: "=").map(String.init)
    switch parts[0] {
    case "max": options.maximumLength = Int(parts[1])
    case "stride": options.stride = Int(parts[1]) ?? 0
    case "windows": options.keepsWindows = true
    case "left": options.truncationSide = .left
    case "plain": options.addsSpecialTokens = false
    default:
      if let truncation = EncodingOptions.Truncation(rawValue: word) { options.truncation = truncation }
    }
  }
  return options
}

func encode(_ tokenizer: Tokenizer, _ texts: Texts, _ words: [String]) throws {
  var options = options(words)
  let packed = try PackedTokens()
  let plain = try PackedTokens()
  func run(_ options: EncodingOptions, into packed: PackedTokens) throws {
    guard words.contains("pairs") else {
      return try texts.block { try tokenizer.encode($0, options: options, into: packed) }
    }
    let (first, second) = (texts.half(0), texts.half(1))
    try first.block { first in
      try second.block { try tokenizer.encode(first, pairs: $0, options: options, into: packed) }
    }
  }
  // Encoding with and without the tokens' places are different code paths. The run without is repeated,
  // because the second run finds every word in the cache.
  try run(options, into: plain)
  try run(options, into: plain)
  options.findsPlaces = true
  try run(options, into: packed)
  guard let places = packed.places else { return }
  for sequence in 0..<packed.count {
    let tokens = packed.tokens(sequence)
    let agrees =
      plain.count == packed.count && plain.tokens(sequence) == tokens
      && plain.ids.elements[tokens].elementsEqual(packed.ids.elements[tokens])
      && plain.typeIDs.elements[tokens].elementsEqual(packed.typeIDs.elements[tokens])
    print(
      JSONValue.object([
        "text": .integer(Int64(packed.texts.elements[sequence])), "agrees": .bool(agrees),
        "ids": numbers(packed.ids.elements[tokens]), "types": numbers(packed.typeIDs.elements[tokens]),
        "starts": numbers(places.characterStarts.elements[tokens]),
        "ends": numbers(places.characterEnds.elements[tokens]),
        "byte_starts": numbers(places.byteStarts.elements[tokens]),
        "byte_ends": numbers(places.byteEnds.elements[tokens]),
        "words": numbers(places.words.elements[tokens]),
        "sequences": numbers(places.sequences.elements[tokens]),
      ]).text())
  }
}

func decode(_ tokenizer: Tokenizer, _ lines: String) throws {
  for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
    let ids = line.split(separator: " ").compactMap { Int32($0) }
    print(JSONValue.string(tokenizer.decode(ids)).text())
  }
}

func time(_ tokenizer: Tokenizer, _ texts: Texts, threads: Int32) throws {
  try WorkerPool.setThreads(threads)
  let packed = try PackedTokens()
  var seconds: [JSONValue] = []
  for round in 0..<10 {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_MONOTONIC, &start)
    try texts.block { try tokenizer.encode($0, options: EncodingOptions(), into: packed) }
    clock_gettime(CLOCK_MONOTONIC, &end)
    if round > 0 {
      seconds.append(
        .number(Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9))
    }
  }
  print(
    JSONValue.object([
      "seconds": .array(seconds), "tokens": .integer(packed.tokenCount), "bytes": .integer(texts.bytes.count),
    ]).text())
}
