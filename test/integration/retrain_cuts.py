"""Trains a night's hist model anew by xgboost, with the cuts of the night's own cuts.parquet, and compares tree by tree.

python retrain_cuts.py WORKSPACE NIGHT

Early stopping goes by the slices of src/lib/engine/validation-slice.ts. Prints the version, how many trees both have, and in how many they
differ, with the cuts and without them.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

workspace, night = Path(sys.argv[1]), sys.argv[2]
record = json.loads((workspace / "records" / night / "train.json").read_text())
config, parameters = record["config"]["train"], record["result"]["parameters"]
described = json.loads((workspace / "features" / night / "features.json").read_text())
names, label, customer = described["features"], described["label"], described["id"]
cuts = pd.read_parquet(workspace / "features" / night / "cuts.parquet")
frame = pd.read_parquet(workspace / "features" / night / "train.parquet")
assert list(cuts.columns) == names

stopping = config.get("early_stopping")
share = stopping["validation"] if stopping else 0
judges = np.array(
    [int(hashlib.sha256(f"early stopping{one}".encode()).hexdigest()[:8], 16) % 10_000 < share * 10_000 for one in frame[customer]]
)


def trees(of):
    return json.loads(of)["learner"]["gradient_booster"]["model"]["trees"]


def train(ref):
    def matrix(rows, of):
        return xgboost.QuantileDMatrix(rows[names].to_numpy(), rows[label].to_numpy(), feature_names=names, max_bin=256, ref=of)

    dtrain = matrix(frame[~judges], ref)
    # Python asks for the matrix that is trained on here; the cuts are the same.
    evals = [(matrix(frame[judges], dtrain), "validation")] if stopping else []
    booster = xgboost.train(
        parameters,
        dtrain,
        config["rounds"],
        evals=evals,
        early_stopping_rounds=stopping["rounds"] if stopping else None,
        verbose_eval=False,
    )
    best = booster.best_iteration + 1 if stopping else config["rounds"]
    return trees(booster[:best].save_raw("json"))


def difference(ours, theirs):
    return len([one for one, other in zip(ours, theirs) if one != other]) + abs(len(ours) - len(theirs))


ours = trees((workspace / "models" / night / "model" / "model.json").read_text())
reference = xgboost.QuantileDMatrix(cuts.to_numpy(), feature_names=names, max_bin=256)
print(
    json.dumps(
        {
            "version": xgboost.__version__,
            "trees": len(ours),
            "different": difference(ours, train(reference)),
            "different_without_cuts": difference(ours, train(None)) if not stopping else None,
        }
    )
)
