"""Runs the benchmark cases and their peers side by side, on one thread and on two, and prints a table
and build/bench/results.json. `run.py [case]`: see README.md."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "bench"
DATA = BUILD / "data"
CASES = [
    "fair_epoch", "predict", "audit", "bandwidth", "bootstrap", "stream", "csv", "tokenizers", "texts", "trees",
    "fair_trees", "images", "fairness", "search", "reductions", "promise", "optimum", "transforms", "thresholds", "size",
    "coverage"]
# The programs that run the library's side of the cases, and their arguments.
PROGRAMS = {
    "audit": ["audits", "audit"], "bandwidth": ["audits", "bandwidth"], "bootstrap": ["audits", "bootstrap"],
    "stream": ["audit_stream"], "fair_epoch": ["cases", "fair_epoch"], "predict": ["cases", "predict"],
    "csv": ["cases", "csv"], "trees": ["trees"], "images": ["images"], "transforms": ["transforms"],
}


def prepare():
    """The programs in C and C++, and the files that cases read."""
    DATA.mkdir(parents=True, exist_ok=True)
    cc = os.environ.get("CC", "cc")
    for program in ("peak", "cases", "audits", "audit_stream", "coverage", "trees", "texts", "images", "transforms"):
        subprocess.run(
            [cc, "-O2", f"-I{ROOT}/include", "-o", BUILD / program, HERE / f"{program}.c", f"-L{ROOT}/build",
             "-lequipoise", "-lm", "-lpthread", f"-Wl,-rpath,{ROOT}/build"], check=True)
    import data
    data.prepare(DATA)


def lines(command, threads, **environment):
    """The JSON lines that a command prints; none, with a message, for a peer that is not installed."""
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), **environment)
    try:
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=env)
    except OSError as error:
        print(f"  not run: {error}", file=sys.stderr)
        return []
    if result.returncode != 0:
        print(f"  not run: {command[0]}: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def run(case):
    results = []
    if case == "fairness":
        import fairness
        return fairness.run(BUILD)
    if case == "search":
        import search
        return search.run(BUILD)
    if case == "reductions":
        import reductions
        return reductions.run()
    if case == "thresholds":
        import thresholds
        return thresholds.run()
    if case == "promise":
        import promise
        promise.main(os.environ.get("EQUIPOISE_BENCH_PROMISE", "--generated 8 --scikit --peer").split())
        return []
    if case == "optimum":
        import optimum
        optimum.main([])
        return []
    if case == "fair_trees":
        import fair_trees
        return fair_trees.run(BUILD, DATA)
    if case == "size":
        import size
        return size.run(ROOT)
    if case == "trees":
        import tree_models
        tree_models.prepare(DATA)
    if case == "coverage":
        # Its result is its tables (docs/uncertainty.md).
        print(subprocess.run([BUILD / "coverage"], check=True, capture_output=True, text=True).stdout)
        return []
    if case == "images" and not (DATA / "resnet18.onnx").exists():
        subprocess.run([sys.executable, HERE / "peers" / "images.py", "export", DATA], check=True, capture_output=True)
    # Text models on one thread would take most of an hour.
    for threads in (2,) if case == "texts" else (1, 2):
        if case == "tokenizers":
            import tokenizing
            results += [dict(line, threads=threads) for line in tokenizing.run(ROOT, DATA / "tokenizers", threads, lines)]
            continue
        if case == "texts":
            import text_models
            results += [dict(line, threads=threads) for line in text_models.run(HERE, BUILD, DATA / "texts", threads, lines)]
            continue
        program, *arguments = PROGRAMS[case]
        own = lines([BUILD / program, *arguments, threads, DATA], threads)
        results += [dict(line, threads=threads) for line in own]
        for peer in peers(case, threads):
            results += [dict(line, threads=threads) for line in peer]
    return results


def peers(case, threads):
    python = sys.executable
    if case == "fair_epoch":
        for batch in (256, 32):
            yield lines([python, HERE / "peers" / "pytorch_epoch.py", batch, threads], threads)
        program = libtorch()
        if program:
            yield lines([program, threads], threads)
    elif case == "predict":
        program = onnxruntime_program()
        for rows, rounds in ((1, 20000), (32, 20000), (1024, 400)):
            yield lines([program, DATA / "mlp.onnx", threads, rows, rounds], threads)
    elif case == "audit":
        yield lines([python, HERE / "peers" / "fairlearn_audit.py"], threads)
        yield lines([python, HERE / "peers" / "aif360_audit.py"], threads)
        yield lines([python, HERE / "peers" / "numpy_audit.py"], threads)
    elif case == "bootstrap":
        yield lines([python, HERE / "peers" / "fairlearn_bootstrap.py"], threads)
    elif case == "trees":
        yield from boosting(threads)
    elif case == "images":
        yield lines([python, HERE / "peers" / "images.py", threads, DATA], threads)
    elif case == "transforms":
        yield lines([python, HERE / "peers" / "transforms.py"], threads)
    elif case == "csv":
        yield lines([python, HERE / "peers" / "csv_readers.py", threads, DATA], threads)


def boosting(threads):
    """XGBoost and LightGBM on their own models, through the libraries in their wheels."""
    import lightgbm
    import xgboost
    subprocess.run(["cc", "-O2", "-w", "-o", BUILD / "boosting_predict", HERE / "peers" / "boosting_predict.c", "-ldl"], check=True)
    libraries = {"xgboost": next(pathlib.Path(xgboost.__file__).parent.glob("lib/libxgboost.*")),
                 "lightgbm": next(pathlib.Path(lightgbm.__file__).parent.glob("lib/lib_lightgbm.*"))}
    for who, file, variant in (("xgboost", "trees.xgboost.json", "XGBoost's model"), ("lightgbm", "trees.lightgbm.txt", "LightGBM's model"),
                               ("lightgbm", "trees.categories.txt", "LightGBM, categories")):
        yield lines([BUILD / "boosting_predict", who, libraries[who], DATA / file, variant, threads, DATA / "tree_rows.f32"], threads)


def onnxruntime_program():
    import onnxruntime
    library = next((pathlib.Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*"))
    subprocess.run(
        ["cc", "-O2", "-w", "-o", BUILD / "onnxruntime_predict", HERE / "peers" / "onnxruntime_predict.c", library,
         f"-Wl,-rpath,{BUILD}"], check=True)
    # The wheel's file has a version in its name, which the loader does not search for.
    link = BUILD / "libonnxruntime.so.1"
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return BUILD / "onnxruntime_predict"


def libtorch():
    import torch
    base = pathlib.Path(torch.__file__).parent
    program = BUILD / "libtorch_epoch"
    if not program.exists():
        abi = int(torch._C._GLIBCXX_USE_CXX11_ABI)
        try:
            subprocess.run(
                ["g++", "-O2", "-std=c++20", "-w", f"-D_GLIBCXX_USE_CXX11_ABI={abi}", f"-I{base}/include",
                 f"-I{base}/include/torch/csrc/api/include", "-o", program, HERE / "peers" / "libtorch_epoch.cpp",
                 f"-L{base}/lib", "-ltorch", "-ltorch_cpu", "-lc10", f"-Wl,-rpath,{base}/lib"],
                check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"  libtorch not built: {error}", file=sys.stderr)
            return None
    return program


# Floating-point operations of the network 100-64-32-1 for one row: forward, and forward with both
# backward products (the first layer has no gradient for its input).
WEIGHTS = 100 * 64 + 64 * 32 + 32
OPERATIONS = {
    ("predict", "1 rows"): 2 * WEIGHTS, ("predict", "32 rows"): 32 * 2 * WEIGHTS, ("predict", "1024 rows"): 1024 * 2 * WEIGHTS,
    ("fair_epoch", "batch 256"): 32561 * (4 * WEIGHTS + 2 * (64 * 32 + 32)),
    ("fair_epoch", "batch 32"): 32561 * (4 * WEIGHTS + 2 * (64 * 32 + 32)),
}
UNITS = {"us": 1e-6, "ms": 1e-3}


def limits(results):
    """Our arithmetic as a share of the peak of the cores in use, measured in the same run."""
    peak = next((r["median"] for r in results if r["case"] == "peak" and r["variant"] == "f32"), None)
    lines = []
    for r in results:
        operations = OPERATIONS.get((r["case"], r["variant"]))
        if peak and operations and r["who"] == "equipoise":
            rate = operations / (r["median"] * UNITS[r["unit"]]) / 1e9
            # One thread computes one batch of rows; epochs with batches of 256 and 1,024 rows use all threads.
            cores = r["threads"] if r["variant"] in ("batch 256", "1024 rows") else 1
            lines.append(f"{r['case']:12} {r['variant']:26} {r['threads']:>7} {rate:>8.0f} GFLOP/s {rate / (peak * cores):>6.0%} of the limit")
    if lines:
        print(f"\nOne core multiplies and adds {peak:.0f} GFLOP/s from registers.")
        print("\n".join(lines))


def table(results):
    """One line for each measurement, with the ratio of a peer's time if a peer did the same."""
    own = {(r["case"], r["variant"], r["threads"]): r["median"] for r in results if r["who"] == "equipoise"}
    variant, who = (max((len(r[key]) for r in results), default=0) for key in ("variant", "who"))
    print(f"\n{'case':12} {'variant':{variant}} {'threads':>7} {'who':{who}} {'median':>10} {'unit':>8} {'peer / ours':>12}")
    for r in sorted(results, key=lambda r: (CASES.index(r["case"]), r["variant"], r["threads"], r["who"] != "equipoise")):
        key = (r["case"], r["variant"], r["threads"])
        ratio = f"{r['median'] / own[key]:.2f}" if r["who"] != "equipoise" and own.get(key) else ""
        print(f"{r['case']:12} {r['variant']:{variant}} {r['threads']:>7} {r['who']:{who}} {r['median']:>10.4g} {r['unit']:>8} {ratio:>12}")


def main():
    sys.path.insert(0, str(HERE))
    chosen = sys.argv[1:] or CASES
    for case in chosen:
        if case not in CASES:
            sys.exit(f"\"{case}\" is not a case; {', '.join(CASES)} are")
    prepare()
    results = [dict(line, who="equipoise", threads=1) for line in lines([BUILD / "peak", 1], 1)]
    for case in chosen:
        print(f"{case} ...", file=sys.stderr)
        results += run(case)
    table([r for r in results if r["case"] != "peak"])
    limits(results)
    (BUILD / "results.json").write_text(json.dumps(results, indent=1))
    print(f"\n{BUILD / 'results.json'}")


main()
