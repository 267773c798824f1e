"""The texts that tokenizers are compared on: those of ../shared/data, and difficult ones made here."""

import csv
import gzip
import json
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

NASTY = [
    "", " ", "   ", "\n", "\t\r\n", "a", "Hello, world!", "  two  spaces  ", "tabs\tand\nlines\r\nand\rmore  \n\n end",
    "control \x01\x02\x7f characters \x80\x85\x9f here", "nul \x00 inside", "\x00", "a\x00b",
    "no-break\u00a0space, thin\u2009space, ideographic\u3000space, zero\u200bwidth\u200d\ufeff",
    "e\u0301 a\u0308\u0301 q\u0323\u0307 q\u0307\u0323 \u0301alone o\u0302\u0323 \u1e69 s\u0323\u0307",
    "\u00e9\u00c9 \u00c5ngstr\u00f6m \u212b \ufb01n \ufb03 \u2460 \u00bd \u00b2 \u2122 \u3392 \uff21\uff42\uff11",
    "\u0130stanbul I\u0131\u0130i T\u00dcRK\u0130YE", "STRASSE stra\u00dfe \u1e9e", "\u03a3\u03a3\u03a3 \u039f\u03a3 \u0391\u0301",
    "\uc548\ub155\ud558\uc138\uc694 \u1112\u1161\u11ab\u1100\u1173\u11af \uac00\u11a8 \u1100\u1161", "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4e00\u4e8c\u4e09 abc\u4e2ddef",
    "\u30ab\u3099\u30ac \uff76\uff9e \u3071\u3072\u309a", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 \u2764\ufe0f",
    "\U0001f600" * 30, "\u0915\u094d\u0937 \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0645\u0631\u062d\u0628\u0627 \u05e9\u05c1\u05dc\u05d5\u05dd",
    "a" * 99, "b" * 100, "c" * 101, "word" * 200, "\u00e9" * 120, "1234567890" * 12, "=" * 300, " " * 70, "\n" * 20 + "x",
    "ab" * 3000, "it's we're I'll you've he'd I'm don't IT'S WE'RE 'sup 'S '\u017f o'clock ''' 'tis",
    "price: $1,250.75! 50% #tag @user http://a.b/c?d=e&f=g foo_bar-baz x^2 `code` {a|b} ~ \\ / <tag>",
    "[CLS] hidden [SEP] [MASK] [UNK] [PAD] [cls] [MASK]s x[MASK]y", "<s> a </s> <mask>  <pad> <unk> <|endoftext|> end<|endoftext|>",
    "\u2581 lower \u2581\u2581one", "``quoted'' text", "\u2028line\u2029para\u0085next\u000bvt\u000cff", "\ufffd replacement \ufffe",
    "x\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a" * 5, "\u0344 \u0958 \u2adc \u0340 \U0001d15e \ufb1d",
    "CamelCase snake_case kebab-case SCREAMING 3rd 2nd 10km 5pm\u0661\u0662\u0663 \u2167 \u00be", "\u24b6\u24d0 \U0001f130 \u2e18 \u00bf\u00a1 \u2014 \u2026 \u201cq\u201d \u2018a\u2019",
    "mixed\u4e2d\u6587and\u65e5\u672c\u8a9eand\ud55c\uad6d\uc5b4", "\u0f00\u0f3e \u1cf2 \U00010400\U00010428 \U0001d400\U0001d7d8", "a\u00adb soft\u00adhyphen \u061c \u202eabc\u202c",
    "\r\n\r\n  \r\n a \r\n", "trailing space ", " leading", "\u00a0nbsp", "Zo\u00eb na\u00efve co\u00f6perate fa\u00e7ade", "\ufdfa \ufdfb", "\u1e9b\u0323",
]


def table(path, column, delimiter=","):
    csv.field_size_limit(sys.maxsize)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        return [row[column] for row in csv.DictReader(file, delimiter=delimiter) if row.get(column)]


def shared():
    """(name, texts) of each available data set."""
    if not DATA.exists():
        print(f"skipped: {DATA} is absent", file=sys.stderr)
        return
    yield "hate_offensive", table(DATA / "hate_offensive" / "labeled_data.csv.gz", "tweet")
    madlibs = []
    for path in sorted((DATA / "unintended_bias_madlibs").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            madlibs += [" ".join(row[:2]) for row in csv.reader(file) if row]
    yield "madlibs", madlibs
    toxic = []
    for path in sorted((DATA / "wiki_toxicity").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
            toxic += [max(row, key=len) for row in csv.reader(file) if row]
    yield "wiki_toxicity", toxic
    crows = DATA / "crows_pairs" / "crows_pairs_anonymized.csv.gz"
    yield "crows_pairs", table(crows, "sent_more") + table(crows, "sent_less")
    winobias = []
    for path in sorted((DATA / "winobias").glob("*.txt*")):
        opener = gzip.open if path.suffix == ".gz" else open
        winobias += opener(path, "rt", encoding="utf-8", errors="replace").read().splitlines()
    yield "winobias", winobias
    wikiann = []
    for path in sorted((DATA / "wikiann_en").glob("*")):
        opener = gzip.open if path.suffix == ".gz" else open
        sentences = opener(path, "rt", encoding="utf-8", errors="replace").read().split("\n\n")
        wikiann += [" ".join(re.sub(r"^en:", "", line).split("\t")[0] for line in part.splitlines()) for part in sentences]
    yield "wikiann_en", wikiann
    with gzip.open(DATA / "sms_spam" / "sms.tsv.gz", "rt", encoding="utf-8", errors="replace") as file:
        yield "sms_spam", [line.rstrip("\n").split("\t", 1)[-1] for line in file]
    sst = []
    for path in sorted((DATA / "sst2").glob("*.tsv*")):
        opener = gzip.open if path.suffix == ".gz" else open
        sst += [line.split("\t")[0] for line in opener(path, "rt", encoding="utf-8", errors="replace").read().splitlines()]
    yield "sst2", sst
    yield "file of words", [path.read_text(encoding="utf-8", errors="replace") for path in sorted((DATA / "wordlists").glob("*"))]


def arbitrary(count=4000, seed=1):
    """Characters from all over Unicode, many of them special, in random order."""
    generator = random.Random(seed)
    pools = [range(0x20, 0x7F), range(0, 0x20), range(0x80, 0x250), range(0x300, 0x370), range(0x370, 0x600),
             range(0x900, 0xE80), range(0x1100, 0x1200), range(0x1E00, 0x2100), range(0x2000, 0x2070), range(0x3000, 0x3400),
             range(0x4E00, 0x5000), range(0xAC00, 0xAD00), range(0xFB00, 0xFFF0), range(0x1D400, 0x1D500), range(0x1F300, 0x1F700)]
    texts = []
    for _ in range(count):
        chosen = generator.sample(pools, generator.randint(1, 4)) + [pools[0]]
        texts.append("".join(
            " " if generator.random() < 0.15 else chr(generator.choice(generator.choice(chosen)))
            for _ in range(generator.randint(0, 60))))
    return texts


def write(texts, path):
    """The form that TokenizeTexts reads."""
    with open(path, "wb") as file:
        for text in texts:
            data = text.encode("utf-8")
            file.write(len(data).to_bytes(4, "little") + data)
