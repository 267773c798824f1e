import Platform
import Testing

@testable import Tokenizers

@Suite struct LoadingTests {
  private func file(_ name: String, _ text: String) throws -> TokenizerFile {
    TokenizerFile(name: name, bytes: try Buffer(copying: Array(text.utf8)))
  }

  private let words = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fair", "un", "##fair", "é", "e", "Fair", ".",
  ]

  @Test("vocab.txt is WordPiece, as tokenizer_config.json says")
  func vocabularyText() throws {
    let vocabulary = try file("vocab.txt", words.joined(separator: "\n") + "\n")
    let plain = try Tokenizer.load(files: [vocabulary])
    #expect(plain.vocabularySize == 12)
    #expect(try plain.encode("Unfair fair.").ids == [2, 6, 7, 5, 11, 3])
    #expect(try plain.encode("é", pair: "x").ids == [2, 9, 3, 1, 3])
    #expect(try plain.encode("fair [MASK]").ids == [2, 5, 4, 3])
    #expect(plain.specialTokens.padding == 0 && plain.specialTokens.mask == 4)
    #expect(plain.decode([2, 6, 7, 5, 11, 3]) == "unfair fair.")

    let cased = try Tokenizer.load(files: [
      vocabulary, try file("tokenizer_config.json", #"{"do_lower_case": false, "model_max_length": 512}"#),
    ])
    #expect(cased.maximumLength == 512)
    #expect(try cased.encode("Fair é").ids == [2, 10, 8, 3])
    let accented = try Tokenizer.load(files: [
      vocabulary, try file("tokenizer_config.json", #"{"do_lower_case": true, "strip_accents": false}"#),
    ])
    #expect(try accented.encode("É").ids == [2, 8, 3])
  }

  @Test("vocab.json and merges.txt are byte-level BPE: GPT-2's, or RoBERTa's where a cls_token is named")
  func pairFiles() throws {
    let vocabulary = try file(
      "vocab.json",
      #"{"<s>": 0, "</s>": 1, "<mask>": 2, "a": 3, "b": 4, "ab": 5, "Ġ": 6, "Ġab": 7, "<|endoftext|>": 8}"#)
    let merges = try file("merges.txt", "#version: 0.2\na b\nĠ ab\n")
    let gpt2 = try Tokenizer.load(files: [vocabulary, merges])
    #expect(try gpt2.encode("ab ab<|endoftext|>").ids == [5, 7, 8])
    #expect(gpt2.id(of: "Ġab") == 7 && gpt2.token(7) == "Ġab" && gpt2.decode([5, 7, 8]) == "ab ab")
    let settings =
      #"{"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>", "add_prefix_space": true}"#
    let roberta = try Tokenizer.load(files: [vocabulary, merges, try file("tokenizer_config.json", settings)])
    let pair = try roberta.encode("ab <mask>", pair: "b")
    #expect(pair.ids == [0, 7, 2, 1, 1, 6, 4, 1])
    #expect(pair.typeIDs.allSatisfy { $0 == 0 })
    #expect(pair.offsets[1] == 0..<2)
  }

  private func failure(_ files: [TokenizerFile]) -> Failure? {
    do { _ = try Tokenizer.load(files: files) } catch { return error as? Failure }
    return nil
  }

  private func failure(_ json: String) throws -> Failure? { failure([try file("tokenizer.json", json)]) }

  @Test("Errors and unsupported parts are named with their location")
  func errors() throws {
    let model = #""model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}"#
    for (json, kind, location) in [
      (
        #"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#, Failure.Kind.invalidModel, "/model/unk_token"
      ),
      (#"{"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 0}}}"#, .invalidModel, "/model/vocab"),
      (#"{"model": {"type": "WordLevel", "vocab": {"a": -1}}}"#, .invalidModel, "/model/vocab"),
      (#"{"model": {"type": "WordLevel", "vocab": {"a": 99999999999}}}"#, .invalidModel, "/model/vocab"),
      (#"{"model": {"type": "WordLevel", "vocab": {"a": "x"}}}"#, .invalidModel, "/model/vocab"),
      (#"{"model": {"type": "WordLevel", "vocab": {}}}"#, .invalidModel, "/model/vocab"),
      (#"{"model": {"type": "Neural"}}"#, .unsupported, "/model/type"),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}"#, .invalidModel,
        "/model/merges/0"
      ),
      (
        #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a  b"]}}"#, .invalidModel,
        "/model/merges/0"
      ),
      (
        #"{"model": {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": 5}}"#, .invalidModel,
        "/model/unk_id"
      ),
      (
        #"{"model": {"type": "Unigram", "vocab": [["a", -1.0], ["a", -2.0]], "unk_id": 0}}"#, .invalidModel,
        "/model/vocab"
      ),
      (#"{"normalizer": {"type": "Magic"}, \#(model)}"#, .unsupported, "/normalizer/type"),
      (
        #"{"normalizer": {"type": "Replace", "pattern": {"Regex": "a{1,3}++"}, "content": ""}, \#(model)}"#,
        .unsupported,
        "/normalizer/pattern/Regex"
      ),
      (
        #"{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "////fw=="}, \#(model)}"#,
        .invalidModel,
        "/normalizer/precompiled_charsmap"
      ),
      (
        #"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(x|y"}, "behavior": "Isolated"}]}, \#(model)}"#,
        .unsupported, "/pre_tokenizer/pretokenizers/0/pattern/Regex"
      ),
      (#"{"pre_tokenizer": {"type": "UnicodeScripts"}, \#(model)}"#, .unsupported, "/pre_tokenizer/type"),
      (#"{"post_processor": {"type": "Other"}, \#(model)}"#, .unsupported, "/post_processor/type"),
      (
        #"{"post_processor": {"type": "BertProcessing", "sep": ["a", 0], "cls": ["b", 9]}, \#(model)}"#,
        .invalidModel,
        "/post_processor"
      ),
      (#"{"decoder": {"type": "CTC"}, \#(model)}"#, .unsupported, "/decoder/type"),
      (#"{"added_tokens": [{"id": 0, "content": "zz"}], \#(model)}"#, .invalidModel, "/added_tokens/0"),
    ] {
      let failure = try failure(json)
      #expect(failure?.kind == kind, "\(json): \(failure?.message ?? "no error")")
      #expect(failure?.location == location, "\(failure?.message ?? "no error")")
      #expect(failure?.message.hasPrefix("tokenizer.json: \(location)") == true)
    }
    #expect(failure([])?.location == "tokenizer.json")
    #expect(failure([try file("vocab.txt", "a\na\n")])?.kind == .invalidModel)
    #expect(
      failure([try file("vocab.txt", "a\nb\n")])?.message.hasSuffix("(unk_token) is not in the vocabulary")
        == true)
    let vocabulary = try file("vocab.json", #"{"a": 0, "b": 1}"#)
    #expect(failure([vocabulary, try file("merges.txt", "a b c\n")])?.location == "merges.txt:1")
  }

  @Test("Options that contradict each other, and texts that cannot be cut as asked, are errors")
  func options() throws {
    let tokenizer = try Tokenizer.load(files: [try file("vocab.txt", words.joined(separator: "\n"))])
    func failure(_ change: (inout EncodingOptions) -> Void, pair: String? = nil) -> Failure? {
      var options = EncodingOptions()
      change(&options)
      do { _ = try tokenizer.encode("fair fair fair", pair: pair, options: options) } catch {
        return error as? Failure
      }
      return nil
    }
    #expect(failure { $0.maximumLength = 1 }?.location == "maximumLength")
    #expect(
      failure {
        $0.maximumLength = 6; $0.stride = 4
      }?.location == "stride")
    #expect(
      failure(
        {
          $0.maximumLength = 6; $0.truncation = .onlySecond
        }, pair: "fair")?.location == "row 0")
    #expect(
      failure(
        {
          $0.maximumLength = 6; $0.keepsWindows = true
        }, pair: "fair")?.location == "truncation")
    #expect(failure { $0.maximumLength = 3 } == nil)
    // [CLS] [SEP] [SEP] and three tokens: longest first.
    var options = EncodingOptions(maximumLength: 6)
    #expect(
      try tokenizer.encode("fair fair fair", pair: ". .", options: options).ids == [2, 5, 5, 3, 11, 3])
    options.truncation = .onlyFirst
    #expect(try tokenizer.encode("fair un fair", pair: ". .", options: options).ids == [2, 5, 3, 11, 11, 3])
  }

  @Test("A long word is not quadratic: a megabyte of one letter")
  func longWord() throws {
    for name in ["roberta", "llama-2", "unigram", "unigram-bytes"] {
      let (tokenizer, _) = try SampleTests.sample(name)
      let text = String(repeating: "e", count: 1 << 20)
      #expect(try tokenizer.encode(text).ids.count > 1000)
    }
    let (tokenizer, _) = try SampleTests.sample("llama-3")
    let marks = "e" + String(repeating: "\u{301}\u{323}", count: 1 << 17)
    #expect(try tokenizer.encode(marks).ids.count > 1000)
  }
}
