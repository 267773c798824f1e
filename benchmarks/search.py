"""The time of a front of 32 candidates on Adult's official split, and its models beside the results of Fairlearn and
PyTorch on the same split (../shared/reference/fairness-frontier-adult.json): how many of the peers' points without the
sensitive attribute lie above the front."""

import json
import subprocess
import sys

from fairness import ADULT, GAPS, PEERS, compiled


def run(build):
    if not ADULT.exists():
        print(f"  SKIPPED: {ADULT} is absent", file=sys.stderr)
        return []
    program = compiled("search", build)
    peers = json.loads(PEERS.read_text())["results"] if PEERS.exists() else []
    results = []
    for name, gap in GAPS.items():
        output = subprocess.run([program, ADULT, name], capture_output=True, text=True, check=True)
        first, *front = [json.loads(line) for line in output.stdout.splitlines()]
        results.append(dict(
            case="search", variant=f"front: {name}"[:26], who="equipoise", threads=2, unit="s", median=first["seconds"],
            minimum=first["seconds"], maximum=first["seconds"], runs=1))
        print(f"  {name}: {first['models']} models in {first['seconds']:.1f} s")
        for model in front:
            print(f"    accuracy {model['accuracy']:.4f}, gap {model[gap]:.4f}")
        for peer in peers:
            if peer.get("uses_sensitive_at_prediction"):
                continue
            best = max((m["accuracy"] for m in front if m[gap] <= peer[gap]), default=0)
            word = "above the front" if peer["accuracy"] > best else "not above"
            print(f"  peer: {peer['method']}: accuracy {peer['accuracy']:.4f}, gap {peer[gap]:.4f}: {word} "
                  f"(ours at this gap: {best:.4f})")
    return results
