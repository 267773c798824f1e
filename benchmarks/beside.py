"""The C programs of the cases with two libraries, in turns: the ratio of their medians.

    beside.py OTHER PROGRAM ARGUMENTS… [--rounds N]

OTHER is the root of another checkout with its library in build; the programs of this one are compiled against both.
Example: `beside.py ../before cases fair_epoch 2 build/bench/data`."""

import argparse
import collections
import json
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def compiled(program, root):
    target = ROOT / "build" / "bench" / f"{program}-{'this' if root == ROOT else 'other'}"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["cc", "-O2", f"-I{root}/include", "-o", target, HERE / f"{program}.c", f"-L{root}/build", "-lequipoise", "-lm",
         "-lpthread", f"-Wl,-rpath,{root}/build"], check=True)
    return target


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("other", type=pathlib.Path)
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    programs = [compiled(options.program, options.other.resolve()), compiled(options.program, ROOT)]
    medians = [collections.defaultdict(list), collections.defaultdict(list)]
    for number in range(options.rounds):
        for place in (0, 1) if number % 2 == 0 else (1, 0):
            output = subprocess.run([programs[place], *options.arguments], capture_output=True, text=True, check=True)
            for line in filter(lambda line: line.startswith("{"), output.stdout.splitlines()):
                found = json.loads(line)
                medians[place][found["variant"], found["unit"]].append(found["median"])
    for variant, unit in medians[0]:
        other, this = (statistics.median(each[variant, unit]) for each in medians)
        print(f"{options.program}, {variant}: other {other:.4g} {unit}, this {this:.4g} {unit}, ratio {this / other:.3f}")


if __name__ == "__main__":
    main()
