"""The files that the case `trees` reads: 100 trees of depth 6 by XGBoost, 100 trees of 31 leaves by LightGBM, without and with
categories, and 10,000 rows of 20 columns."""


def prepare(folder):
    if (folder / "trees.categories.txt").exists():
        return
    import lightgbm
    import numpy
    import xgboost
    random = numpy.random.default_rng(0)
    x = random.normal(size=(50_000, 20)).astype(numpy.float32).round(3)
    x[:, :4] = random.integers(0, 16, (50_000, 4))
    effect = random.normal(size=(4, 16))
    logit = sum(effect[j][x[:, j].astype(int)] for j in range(4)) + x[:, 4] * x[:, 5] + numpy.sin(2 * x[:, 6]) + x[:, 7:12].sum(1) / 2
    y = (logit + random.logistic(size=len(x)) > 0).astype(int)
    x[:10_000].tofile(folder / "tree_rows.f32")
    xgboost.XGBClassifier(n_estimators=100, max_depth=6, n_jobs=2).fit(x, y).save_model(folder / "trees.xgboost.json")
    options = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 2}
    lightgbm.train(options, lightgbm.Dataset(x, y), 100).save_model(folder / "trees.lightgbm.txt")
    lightgbm.train(options, lightgbm.Dataset(x, y, categorical_feature=[0, 1, 2, 3]), 100).save_model(folder / "trees.categories.txt")
