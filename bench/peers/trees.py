"""xgboost with LightGBM's shape of trees: histograms, leaf-wise growth, 31 leaves, at least 20 rows in each."""
import numpy as np
import xgboost
from peer import load_arrays, serve, timed

data = load_arrays()
SETTINGS = {
    "objective": "reg:squarederror",
    "tree_method": "hist",
    "grow_policy": "lossguide",
    "max_leaves": 31,
    "max_depth": 0,
    "eta": 0.01,
    "min_child_weight": 20,
    "lambda": 0,
    "max_bin": 256,
    "verbosity": 0,
}


def train(target, rounds, threads):
    losses = data["losses"][target]
    matrix = xgboost.DMatrix(data["mixtures"], label=losses, nthread=threads)
    return xgboost.train({**SETTINGS, "nthread": threads, "base_score": float(losses.mean())}, matrix, rounds)


def fit(targets, rounds, threads):
    seconds, _ = timed(lambda: [train(target, rounds, threads) for target in range(targets)])
    return {"seconds": seconds, "version": xgboost.__version__}


boosters = {}


def predict(rounds, threads, inplace):
    """With `inplace` from the array, else from a DMatrix whose making is not counted."""
    if threads not in boosters:
        boosters[threads] = train(0, rounds, threads)
    booster = boosters[threads]
    if inplace:
        seconds, values = timed(booster.inplace_predict, data["asked"])
    else:
        matrix = xgboost.DMatrix(data["asked"], nthread=threads)
        seconds, values = timed(booster.predict, matrix)
    rmse = float(np.sqrt(np.mean((values - data["truth"]) ** 2)))
    return {"seconds": seconds, "rmse": rmse, "version": xgboost.__version__}


serve({"fit": fit, "predict": predict})
