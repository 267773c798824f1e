"""Adult's official split under two constraints, five seeds each, compared with the results of Fairlearn and PyTorch on
the same split (../shared/reference/fairness-frontier-adult.json)."""

import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
ADULT = ROOT.parent / "shared" / "data" / "adult"
PEERS = ROOT.parent / "shared" / "reference" / "fairness-frontier-adult.json"
GAPS = {"demographic_parity": "demographic_parity_difference", "equalized_odds": "equalized_odds_difference"}


def compiled(name, build):
    """The program of a case in C that reads Adult."""
    program = build / name
    subprocess.run(
        ["cc", "-O2", f"-I{ROOT}/include", "-o", program, HERE / f"{name}.c", f"-L{ROOT}/build", "-lequipoise",
         "-ljson-c", f"-Wl,-rpath,{ROOT}/build"], check=True)
    return program


def run(build):
    if not ADULT.exists():
        print(f"  SKIPPED: {ADULT} is absent", file=sys.stderr)
        return []
    program = compiled("fairness", build)
    results = []
    for name, gap in GAPS.items():
        output = subprocess.run(
            [program, ADULT, HERE / f"adult_{name}.json", "5"], capture_output=True, text=True, check=True)
        seeds = [json.loads(line) for line in output.stdout.splitlines()]
        for measure in ("accuracy", gap, "seconds"):
            values = [seed[measure] for seed in seeds]
            results.append(dict(
                case="fairness", variant=f"{name}: {measure.replace('_difference', '')}"[:26] , who="equipoise", threads=2,
                unit="s" if measure == "seconds" else "", median=statistics.median(values), minimum=min(values),
                maximum=max(values), runs=len(values)))
        accuracy, gaps = [s["accuracy"] for s in seeds], [s[gap] for s in seeds]
        print(f"  {name}: accuracy {statistics.mean(accuracy):.4f} ± {statistics.stdev(accuracy):.4f}, {gap} "
              f"{statistics.mean(gaps):.4f} ± {statistics.stdev(gaps):.4f} (mean and deviation of 5 seeds; largest "
              f"gap {max(gaps):.4f})")
    if PEERS.exists():
        for peer in json.loads(PEERS.read_text())["results"]:
            if not peer.get("uses_sensitive_at_prediction"):
                print(f"  peer: {peer['method']}: accuracy {peer['accuracy']:.4f}, demographic parity "
                      f"{peer['demographic_parity_difference']:.4f}, equalized odds {peer['equalized_odds_difference']:.4f}")
    return results
