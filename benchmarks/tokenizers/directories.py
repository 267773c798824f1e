"""Tokenizers of every kind, as directories like those of models. Vocabularies of BERT and GPT-2 are read from
../shared/data; the others are trained on its texts, or written by hand, with the `tokenizers` library."""

import base64
import gzip
import json
import pathlib

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

import texts

VOCABULARIES = texts.DATA / "models" / "tokenizers"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def bert(**options):
    vocabulary = gzip.open(VOCABULARIES / "bert-base-uncased-vocab.txt.gz", "rt", encoding="utf-8").read().split("\n")
    vocabulary = {token: index for index, token in enumerate(vocabulary) if token}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"])
    return tokenizer


def gpt2_files():
    vocabulary = json.load(gzip.open(VOCABULARIES / "gpt2_vocab.json.gz", "rt", encoding="utf-8"))
    merges = gzip.open(VOCABULARIES / "gpt2_merges.txt.gz", "rt", encoding="utf-8").read().split("\n")
    return vocabulary, [tuple(line.split(" ")) for line in merges if line and not line.startswith("#version")]


def gpt2(prefix=False):
    tokenizer = Tokenizer(models.BPE(*gpt2_files()))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def roberta(prefix=False):
    tokenizer = gpt2(prefix)
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    ids = {token: tokenizer.token_to_id(token) for token in ("<s>", "</s>")}
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", ids["</s>"]), ("<s>", ids["<s>"]), trim_offsets=True, add_prefix_space=prefix)
    return tokenizer


def split_bpe(pattern, normalizer=None, ignore_merges=False):
    vocabulary, merges = gpt2_files()
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing("<|endoftext|> $A", "<|endoftext|> $A <|endoftext|>:1 $B:1", [("<|endoftext|>", 50256)])])
    return tokenizer


def charsmap(rules):
    """A table of replacements in sentencepiece's form: a double array of the bytes to be replaced."""
    values, block = {}, bytearray()
    for key, content in sorted(rules.items()):
        values[key.encode()] = len(block)
        block += content.encode() + b"\0"
    root = {}
    for key, value in values.items():
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = value
    units, used = [0] * 256, {0}

    def place(node, at, label):
        children = [(0 if byte is None else byte, child) for byte, child in node.items()]
        base = 1
        # The offset is an exclusive-or difference in 21 bits.
        while any((at ^ base ^ byte) in used for byte, _ in children):
            base += 1
        for byte, _ in children:
            spot = at ^ base ^ byte
            used.add(spot)
            units.extend([0] * (spot + 1 - len(units)))
        units[at] = base << 10 | (1 << 8 if None in node else 0) | label
        for byte, child in children:
            spot = at ^ base ^ byte
            if isinstance(child, int):
                units[spot] = child | 1 << 31
            else:
                place(child, spot, byte)

    place(root, 0, 0)
    units.extend([0] * (-len(units) % 256))
    array = b"".join(unit.to_bytes(4, "little") for unit in units)
    return len(array).to_bytes(4, "little") + array + bytes(block)


def nmt_nfkc():
    """A table in the manner of sentencepiece's nmt_nfkc: characters with a compatible form, spaces, controls."""
    import unicodedata
    rules = {"\r\n": " "}
    for code in list(range(1, 0x20)) + [0x7F, 0x8F, 0x9F]:
        rules[chr(code)] = " " if code in (9, 10, 12, 13) else ""
    for code in [0x1680, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF, 0xFFFD]:
        rules[chr(code)] = " "
    for code in list(range(0xA0, 0x250)) + list(range(0x1E00, 0x2700)) + list(range(0x3000, 0x3400)) + list(range(0xFB00, 0xFFF0)):
        form = unicodedata.normalize("NFKC", chr(code))
        if form != chr(code):
            rules[chr(code)] = form
    for base in "aeiouAEIOU":
        for mark in "\u0300\u0301\u0302\u0308":
            rules[base + mark] = unicodedata.normalize("NFC", base + mark)
    return charsmap(rules)


def unigram(corpus, fallback=False, scheme="always", size=8000):
    tokenizer = Tokenizer(models.Unigram())
    blob = base64.b64encode(nmt_nfkc()).decode()
    normalizer = json.dumps({"type": "Sequence", "normalizers": [
        {"type": "Precompiled", "precompiled_charsmap": blob},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]})
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    if fallback:
        special += [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False))
    state = json.loads(tokenizer.to_str())
    state["normalizer"] = json.loads(normalizer)
    state["model"]["byte_fallback"] = fallback
    if fallback:  # bytes are tokens of the model, not of the text
        state["added_tokens"] = [token for token in state["added_tokens"] if not token["content"].startswith("<0x")]
    state["decoder"] = {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
        {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]} if fallback else {
        "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": True}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    return tokenizer


def albert(corpus):
    """Unigram with ALBERT's normalizers and template."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(
        vocab_size=3000, special_tokens=["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def deberta(corpus):
    """Unigram as transformers 5 writes it for DeBERTa's second and third version."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(r"\s{2,}|[\n\r\t]"), " "), normalizers.NFC(), normalizers.Strip(left=False, right=True)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(prepend_scheme="always")])
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(
        vocab_size=3000, special_tokens=["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], unk_token="[UNK]", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer


def llama2(corpus):
    """BPE with byte fallback on the whole text, no pre-tokenizer."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=4000, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)], show_progress=False))
    state, model = json.loads(tokenizer.to_str()), json.loads(trained.to_str())["model"]
    state["model"]["vocab"], state["model"]["merges"] = model["vocab"], model["merges"]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s>:1 $B:1", [("<s>", 1)])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return tokenizer


def clip_like(corpus):
    """BPE with a suffix at the end of words, unknown characters left out or one by one."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(corpus[:3000], trainers.BpeTrainer(
        vocab_size=2000, special_tokens=["<unk>"], end_of_word_suffix="</w>", limit_alphabet=60, show_progress=False))
    tokenizer.add_tokens([AddedToken("New York", single_word=True), AddedToken("rstripped", rstrip=True), AddedToken("WORLD", normalized=True)])
    tokenizer.decoder = decoders.BPEDecoder()
    return tokenizer


def prefixed_bpe(corpus):
    """BPE whose continuing units have a prefix, unknown ones fused."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFD(), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_previous"), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.train_from_iterator(corpus[:3000], trainers.BpeTrainer(
        vocab_size=2000, special_tokens=["[UNK]"], continuing_subword_prefix="##", limit_alphabet=70, show_progress=False))
    return tokenizer


def word_level(corpus):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(), pre_tokenizers.Split("-", "merged_with_next")])
    tokenizer.train_from_iterator(corpus[:3000], trainers.WordLevelTrainer(vocab_size=3000, special_tokens=["[UNK]"], show_progress=False))
    return tokenizer


def every():
    """(name, tokenizer) of all kinds."""
    corpus = [text for name, found in texts.shared() if name in ("sst2", "sms_spam", "wikiann_en") for text in found]
    # U+0000 is left out: JSON readers in C cut keys there.
    corpus += [text.replace("\0", "") for text in texts.NASTY]
    yield "bert uncased", bert()
    yield "bert cased", bert(lowercase=False)
    yield "bert without cleaning", bert(clean_text=False, handle_chinese_chars=False, strip_accents=False)
    yield "gpt-2", gpt2()
    yield "gpt-2 with a space before", gpt2(prefix=True)
    yield "roberta", roberta()
    yield "roberta with a space before", roberta(prefix=True)
    yield "llama 3's pattern", split_bpe(LLAMA3, ignore_merges=True)
    yield "qwen 2's pattern", split_bpe(QWEN2, normalizers.NFC())
    yield "unigram", unigram(corpus)
    yield "unigram with bytes", unigram(corpus, fallback=True, scheme="first")
    yield "albert", albert(corpus)
    yield "llama 2", llama2(corpus)
    yield "bpe with a suffix", clip_like(corpus)
    yield "bpe with a prefix", prefixed_bpe(corpus)
    yield "words", word_level(corpus)


def save(tokenizer, directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"))
