"""The log-linear law by scipy's L-BFGS-B, from the starts and within the bounds that ours takes."""
import numpy as np
import scipy
from log_linear_law import fit_log_linear
from peer import load_arrays, serve, timed

data = load_arrays()
starts = np.split(data["starts"], np.cumsum(data["counts"]).astype(int)[:-1])
features = data["mixtures"] - data["mixtures"].mean(axis=0)


def fit(targets, ridge):
    def work():
        return [
            fit_log_linear(
                features,
                data["losses"][target],
                starts[target],
                list(zip(data["lower"][target], data["upper"][target])),
                ridge=ridge,
            )[0]
            for target in range(targets)
        ]

    seconds, objectives = timed(work)
    return {"seconds": seconds, "objectives": objectives, "version": scipy.__version__}


serve({"fit": fit})
