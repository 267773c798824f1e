"""The case `tokenizers`: WordPiece, byte-level BPE and Unigram on the tweets and comments of ../shared/data, which is
10 MB of text; skipped without these data."""

import os
import statistics
import subprocess
import sys

CASE = "tokenizers"


def prepare(root, folder):
    """The program, the texts, and a directory for each tokenizer; None if they cannot be made."""
    sys.path.insert(0, str(root / "benchmarks" / "tokenizers"))
    import directories
    import texts
    folder.mkdir(parents=True, exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if key not in ("CC", "CXX")}
    subprocess.run(["swift", "build", "-c", "release", "--product", "TokenizeTexts"], cwd=root, check=True, env=environment, stdout=sys.stderr)
    program = root / ".build" / "release" / "TokenizeTexts"
    corpus = [text for name, found in texts.shared() if name in ("hate_offensive", "wiki_toxicity", "wikiann_en", "sst2", "crows_pairs") for text in found]
    if not corpus:
        return None
    texts.write(corpus, folder / "texts")
    if not (folder / "Unigram").exists():
        directories.save(directories.bert(), folder / "WordPiece")
        directories.save(directories.roberta(), folder / "byte-level BPE")
        directories.save(directories.unigram(corpus[::4], size=32000), folder / "Unigram")
    return program


def run(root, folder, threads, lines):
    program = prepare(root, folder)
    if program is None:
        return []
    results = []
    for directory in sorted(path for path in folder.iterdir() if path.is_dir()):
        for line in lines([program, "time", directory, folder / "texts", threads], threads):
            seconds = line["seconds"]
            results.append({
                "case": CASE, "variant": directory.name, "who": "equipoise", "unit": "ms", "median": statistics.median(seconds) * 1e3,
                "minimum": min(seconds) * 1e3, "maximum": max(seconds) * 1e3, "runs": len(seconds)})
    return results + lines([sys.executable, root / "benchmarks" / "peers" / "tokenizers_encode.py", folder, threads], threads)
