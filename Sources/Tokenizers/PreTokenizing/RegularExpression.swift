import Platform
import TextKernels

/// A regular expression of a tokenizer's file, with the meaning that the `tokenizers` library gives it
/// (Oniguruma's; see `RegularExpressionSyntax`). Matching takes a limited number of steps for each byte.
final class RegularExpression: @unchecked Sendable {
  private let text: String
  private let pattern: OpaquePointer
  private let lock = Lock()
  /// Memory for matching that no thread uses now.
  private var idle: [OpaquePointer] = []

  /// - Throws: `unsupported` for an expression that cannot be translated or compiled; `outOfMemory`.
  convenience init(_ field: ModelField) throws {
    let text = try field.string()
    var syntax = RegularExpressionSyntax(text)
    guard let translated = syntax.translated() else {
      throw field.unsupported(Self.refusal(of: text, syntax.problem ?? "unknown syntax"))
    }
    do {
      try self.init(text, compiling: translated, PATTERN_UNICODE)
    } catch let failure as Failure where failure.kind == .unsupported {
      throw field.unsupported(failure.message)
    }
  }

  /// An expression in RE2's syntax that finds the longest match, as the tokenizer of onnxruntime does.
  ///
  /// - Throws: `unsupported` for an expression that cannot be compiled; `outOfMemory`.
  convenience init(longest text: String) throws { try self.init(text, compiling: text, PATTERN_LONGEST) }

  private init(_ text: String, compiling translated: String, _ kind: pattern_kind) throws {
    self.text = text
    var status = PATTERN_OK
    var offset = 0
    var message = [CChar](repeating: 0, count: 128)
    let length = translated.utf8.count
    guard
      let pattern = translated.withCString({
        text_pattern_new($0, length, kind, &status, &message, message.count, &offset)
      })
    else {
      guard status == PATTERN_INVALID else {
        throw Failure.outOfMemory(bytes: length, for: "a regular expression")
      }
      let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw Failure.unsupported(Self.refusal(of: text, "\(reason), near byte \(offset)"))
    }
    self.pattern = pattern
  }

  private static func refusal(of text: String, _ reason: String) -> String {
    "the regular expression \"\(text.prefix(120))\" is not supported: \(reason)"
  }

  deinit {
    for memory in idle { pattern_memory_free(memory) }
    text_pattern_free(pattern)
  }

  /// Calls `body` with a search through `count` bytes of valid UTF-8.
  ///
  /// - Throws: `invalidData` if a match takes too many steps; `outOfMemory`.
  func search(
    _ bytes: UnsafePointer<UInt8>, count: Int, _ body: (inout pattern_search) -> Void
  ) throws {
    guard let memory = lock.withLock({ idle.popLast() }) ?? pattern_memory_new(pattern) else {
      throw Failure.outOfMemory(bytes: count, for: "a regular expression")
    }
    defer { lock.withLock { idle.append(memory) } }
    var search = pattern_search()
    search.pattern = pattern
    search.memory = memory
    search.text = bytes
    search.count = count
    body(&search)
    switch search.status {
    case PATTERN_OK: return
    case PATTERN_NO_MEMORY: throw Failure.outOfMemory(bytes: count, for: "a regular expression")
    default:
      throw Failure.invalidData(
        "the tokenizer's regular expression \"\(text.prefix(120))\" takes too many steps for a text of \(count) bytes"
      )
    }
  }
}
