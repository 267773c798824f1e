"""Writes Samples/: tokenizers that are small enough to read, and the `tokenizers` library's encodings of texts.

    samples.py [NAME…]     all of them, or those named; needs tokenizers 0.23

See benchmarks/tokenizers for the comparison on large ones."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks" / "tokenizers"))

import directories  # noqa: E402
import texts  # noqa: E402
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

CORPUS = [
    "The quick brown fox jumps over the lazy dog.", "A young engineer fixed the bug in five minutes!",
    "The nurse lost $1,250.75 on www.example.com, didn't she?", "Caf\u00e9 na\u00efve fa\u00e7ade r\u00e9sum\u00e9 \u00c5ngstr\u00f6m",
    "We're sure they'll say it's what you've heard; I'd not.", "unaffable unbelievable understandable reading readers read",
    "\u4f60\u597d \u4e16\u754c \uc548\ub155 \u30ab\u30ca", "123 4567 3.14 2024", "Hello world hello WORLD Hello",
] * 4


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(
        vocab_size=220, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def byte_level(prefix):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=360, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def byte_level_llama():
    tokenizer = byte_level(False)
    from tokenizers import Regex
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(directories.LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


SAMPLES = {
    "wordpiece": wordpiece, "roberta": lambda: byte_level(True), "llama-3": byte_level_llama,
    "unigram": lambda: small_unigram(False), "unigram-bytes": lambda: small_unigram(True),
    "llama-2": lambda: small_llama2(), "suffixed": lambda: small(directories.clip_like), "prefixed": lambda: small(directories.prefixed_bpe),
    "words": lambda: small(directories.word_level), "albert": lambda: small(directories.albert),
    "deberta": lambda: small(directories.deberta), "patterns": lambda: patterns(), "patterns-inverted": lambda: inverted_patterns(),
    "patterns-sets": lambda: set_patterns(),
}


def patterns():
    """Expressions that no other sample has: sets inside sets, properties, look-arounds, options, empty matches."""
    from tokenizers import Regex
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(r"(?<=\d)[.,](?=\d)"), "\u00b7"), normalizers.Replace(Regex(r"(?i:www)\.|\h{6,}"), ""),
        normalizers.Replace(Regex(r"(?m:o.+?e)|\p{M}"), "<x>"), normalizers.Replace(Regex(r"^(?=T)"), "\u00bf")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r" ?[^(\s|[.,!?…。，、।۔،])]+"), "isolated"),
        pre_tokenizers.Split(Regex(r"[\p{Lu}\p{Lt}]?[\p{Ll}\p{M}]+('\w+)?"), "merged_with_previous"),
        pre_tokenizers.Split(Regex(r"\W+$|\s*"), "contiguous")])
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]"], show_progress=False))
    return tokenizer


def inverted_patterns():
    from tokenizers import Regex
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"\w+(?:['’]\w+)*|[^\w\s]"), "removed", invert=True),
        pre_tokenizers.Split(Regex(r"\d{1,3}(?=(\d{3})*\b)"), "merged_with_next"),
        pre_tokenizers.Split(Regex(r"(\p{Han}|\p{Hangul})"), "isolated")])
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]"], show_progress=False))
    return tokenizer


def set_patterns():
    """Intersections and complements inside sets, and repetitions that are repeated."""
    from tokenizers import Regex
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(r"[^\w&&[^\s]]"), "."), normalizers.Replace(Regex(r"[\p{L}&&[^a-zA-Z]&&\w]"), "\u00b7")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[[a-z]&&[^aeiou]]+|[aeiou[^\W]&&\p{Lu}]"), "isolated"),
        pre_tokenizers.Split(Regex(r"\d{2,3}+|[x\Wz]"), "contiguous"),
        pre_tokenizers.Split(Regex(r"(?:o|e){1,2}+|[^[^\u0061-c]]{,2}n"), "merged_with_previous")])
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]"], show_progress=False))
    return tokenizer


def small(make):
    """One of the comparison's tokenizers with a small vocabulary."""
    from unittest.mock import patch
    names = ["UnigramTrainer", "BpeTrainer", "WordLevelTrainer"]
    originals = {name: getattr(trainers, name) for name in names}

    def smaller(name):
        return lambda **options: originals[name](**{**options, "vocab_size": 300})

    with patch.multiple(trainers, **{name: smaller(name) for name in names}):
        return make(CORPUS)


def small_charsmap():
    rules = {"\uff21": "A", "\u00bd": "1\u20442", "\ufb01": "fi", "e\u0301": "\u00e9", "\r\n": " ", "\t": " ", "\n": " ", "\x01": "", "\u3000": " ", "\u2460": "1"}
    return directories.charsmap(rules)


def small_unigram(fallback):
    from unittest.mock import patch
    with patch.object(directories, "nmt_nfkc", small_charsmap):
        return directories.unigram(CORPUS, fallback=fallback, scheme="first" if fallback else "always", size=450 if fallback else 200)


def small_llama2():
    from unittest.mock import patch
    original = trainers.BpeTrainer
    with patch.object(trainers, "BpeTrainer", lambda **options: original(**{**options, "vocab_size": 450})):
        return directories.llama2(CORPUS)


def columns(encoding):
    return {
        "ids": encoding.ids, "types": encoding.type_ids, "offsets": [place for pair in encoding.offsets for place in pair],
        "words": [-1 if word is None else word for word in encoding.word_ids], "special": encoding.special_tokens_mask}


def main():
    folder = HERE / "Samples"
    folder.mkdir(exist_ok=True)
    sources = texts.NASTY + CORPUS[:9]
    sources = [text if len(text) < 400 else text[:400] for text in sources]
    # Half of a surrogate pair is not text in Python; bytes that are not UTF-8 are tested in Swift.
    for name in sys.argv[1:] or SAMPLES:
        tokenizer = SAMPLES[name]()
        state = json.loads(tokenizer.to_str())
        sample = {"tokenizer": state, "single": [], "pairs": [], "windows": [], "decoded": []}
        for text in sources:
            encoding = tokenizer.encode(text)
            sample["single"].append({"text": text, **columns(encoding)})
            sample["decoded"].append({"ids": encoding.ids, "text": tokenizer.decode(encoding.ids)})
        for first, second in zip(sources[::2], sources[1::2]):
            sample["pairs"].append({"first": first, "second": second, **columns(tokenizer.encode(first, second))})
        tokenizer.enable_truncation(10, stride=2)
        for text in CORPUS[:4]:
            encoding = tokenizer.encode(text)
            sample["windows"].append({"text": text, "parts": [columns(part) for part in [encoding] + encoding.overflowing]})
        (folder / f"{name}.json").write_text(json.dumps(sample, separators=(",", ":")) + "\n")
        print(name, (folder / f"{name}.json").stat().st_size)


main()
