"""Compares token numbers, types, offsets and words with the `tokenizers` library, on tokenizers of every kind and
all texts of ../shared/data:

    swift build -c release --product TokenizeTexts
    compare.py PROGRAM [--quick] [NAME...]      PROGRAM: the one that was built; NAME: some of the tokenizers;
                                                --quick: fewer texts

Prints for each how many texts differ, and the first of them. Ends with 1 if any does."""

import json
import pathlib
import subprocess
import sys
import tempfile

import directories
import texts


def ours(program, directory, source, options):
    run = subprocess.run([program, "encode", directory, source, *options], capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{run.stdout[-500:]} {run.stderr[-500:]}")
    return [json.loads(line) for line in run.stdout.split("\n") if line]


def theirs(encoding, text, pair):
    """An encoding in the form of TokenizeTexts' lines."""
    sources = [text, pair]
    byte_places = [None, None]

    def byte(sequence, place):
        if byte_places[sequence] is None:
            places, total = [0], 0
            for character in sources[sequence]:
                total += len(character.encode())
                places.append(total)
            byte_places[sequence] = places
        return byte_places[sequence][place]

    sequences = [-1 if s is None else s for s in encoding.sequence_ids]
    return {
        "ids": encoding.ids, "types": encoding.type_ids, "starts": [o[0] for o in encoding.offsets],
        "ends": [o[1] for o in encoding.offsets],
        "byte_starts": [0 if s < 0 else byte(s, o[0]) for s, o in zip(sequences, encoding.offsets)],
        "byte_ends": [0 if s < 0 else byte(s, o[1]) for s, o in zip(sequences, encoding.offsets)],
        "words": [-1 if w is None else w for w in encoding.word_ids], "sequences": sequences}


SETTINGS = [
    ("single", [], {}),
    ("plain", ["plain"], {}),
    ("pairs", ["pairs"], {}),
    ("longest first", ["pairs", "max=16"], dict(max_length=16)),
    ("only second", ["pairs", "max=60", "onlySecond", "windows", "stride=3"], dict(max_length=60, stride=3, strategy="only_second")),
    ("windows", ["max=12", "windows", "stride=4"], dict(max_length=12, stride=4)),
    ("windows from the right", ["max=12", "windows", "stride=4", "left"], dict(max_length=12, stride=4, direction="left")),
]


def compare(program, name, tokenizer, folder):
    directory = pathlib.Path(folder) / name.replace(" ", "-").replace("'", "")
    directories.save(tokenizer, directory)
    failed = 0
    sets = [("nasty", texts.NASTY), ("arbitrary", texts.arbitrary())] + list(texts.shared())
    for set_name, all_texts in sets:
        for setting, options, truncation in SETTINGS:
            if set_name not in ("nasty", "arbitrary", "sms_spam") and setting not in ("single",):
                continue
            sources = list(all_texts)
            if "pairs" in options:
                sources = sources[:len(sources) // 2 * 2]
                if "onlySecond" in options:  # the first text must leave room
                    sources = [text[:8] if index % 2 == 0 else text for index, text in enumerate(sources)]
            path = pathlib.Path(folder) / "texts"
            texts.write(sources, path)
            tokenizer.no_truncation()
            if truncation:
                tokenizer.enable_truncation(**truncation)
            special = "plain" not in options
            if "pairs" in options:
                inputs = list(zip(sources[::2], sources[1::2]))
            else:
                inputs = sources
            expected = []
            for index, encoding in enumerate(tokenizer.encode_batch(inputs, add_special_tokens=special)):
                text, pair = inputs[index] if "pairs" in options else (inputs[index], None)
                for part in [encoding] + (encoding.overflowing if "windows" in options else []):
                    expected.append((index, text, pair, theirs(part, text, pair)))
            made = ours(program, str(directory), str(path), options)
            different, shown = {"tokens": 0, "types": 0, "places": 0}, False
            if len(made) != len(expected):
                print(f"  {name}, {set_name}, {setting}: {len(made)} sequences, expected {len(expected)}")
                failed += 1
                continue
            for own, (index, text, pair, other) in zip(made, expected):
                keys = [key for key in other if own[key] != other[key]]
                # The reference does not say which text further windows of a second text belong to, and always gives them type 1,
                # whatever the template says.
                if setting == "only second" and not {"ids", "starts", "ends", "words"} & set(keys):
                    keys = []
                if keys or own["text"] != index or not own["agrees"]:
                    kind = "tokens" if "ids" in keys or not keys else "types" if "types" in keys else "places"
                    different[kind] += 1
                    if not shown:
                        shown = True
                        key = keys[0] if keys else "text"
                        place = next((i for i, (a, b) in enumerate(zip(own.get(key, []), other.get(key, []))) if a != b), -1) if keys else 0
                        print(f"  {name}, {set_name}, {setting}: {keys or 'text or cache'} differ at {place}: {text[:120]!r} {pair and pair[:60]!r}\n"
                              f"    ours   {str(own.get(key))[:300]}\n    theirs {str(other.get(key))[:300]}")
            failed += any(different.values())
            words = ", ".join(f"{count} differ in {kind}" for kind, count in different.items() if count)
            print(f"{name:28} {set_name:16} {setting:24} {len(expected):7} sequences, {words or 'all equal'}", flush=True)
    # Decode the encoded texts.
    tokenizer.no_truncation()
    encodings = tokenizer.encode_batch(texts.NASTY)
    path.write_text("\n".join(" ".join(map(str, e.ids)) for e in encodings))
    run = subprocess.run([program, "decode", str(directory), str(path)], capture_output=True, text=True)
    lines = [json.loads(line) for line in run.stdout.split("\n") if line]
    wrong = [(a, tokenizer.decode(e.ids)) for a, e in zip(lines, encodings) if a != tokenizer.decode(e.ids)]
    print(f"{name:28} {'nasty':16} {'decoded':24} {len(encodings):7} texts, {len(wrong)} differ {wrong[:1]}")
    return failed + bool(wrong)


def main():
    program, *names = sys.argv[1:]
    if "--quick" in names:
        names.remove("--quick")
        texts.shared = lambda shared=texts.shared: (part for part in shared() if part[0] in ("sms_spam", "sst2", "wikiann_en"))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, tokenizer in directories.every():
            if not names or name in names:
                failed += compare(program, name, tokenizer, folder)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
