"""Where this Python's xgboost stops early on the Telco customers, and the validation customers' log loss after each round.

The slices are those of src/lib/engine/validation-slice.ts: a customer's id is the number of its row, from 0.

    python test/golden/early_stopping.py        # xgboost 2.1.4; writes early-stopping.json
"""

import hashlib
import json
import pathlib

import numpy as np
import xgboost
from telco import telco

CASES = [
    {"params": {"max_depth": 5, "learning_rate": 0.1, "seed": 42}, "rounds": 10, "validation": 0.1},
    {"params": {"max_depth": 6, "learning_rate": 0.3, "seed": 42}, "rounds": 3, "validation": 0.2},
    {"params": {"max_depth": 3, "learning_rate": 0.5, "seed": 42, "scale_pos_weight": "balanced"}, "rounds": 5, "validation": 0.15},
    # More rounds than there are: all are trained, and the best one is known all the same.
    {"params": {"max_depth": 4, "learning_rate": 0.2, "seed": 42}, "rounds": 200, "validation": 0.1},
]
ROUNDS = 100

features, label = telco()
bucket = np.array([int(hashlib.sha256(f"early stopping{row}".encode()).hexdigest()[:8], 16) % 10_000 for row in range(len(label))])


def golden(case):
    judges = bucket < case["validation"] * 10_000
    train = xgboost.DMatrix(features[~judges], label[~judges])
    validation = xgboost.DMatrix(features[judges], label[judges])
    params = {**case["params"], "objective": "binary:logistic", "tree_method": "exact", "base_score": 0.5, "eval_metric": "logloss"}
    if params.get("scale_pos_weight") == "balanced":
        params["scale_pos_weight"] = float((label[~judges] == 0).sum() / (label[~judges] == 1).sum())
    seen = {}
    booster = xgboost.train(
        params,
        train,
        ROUNDS,
        evals=[(validation, "validation")],
        early_stopping_rounds=case["rounds"],
        evals_result=seen,
        verbose_eval=False,
    )
    return {
        **case,
        "rows": int((~judges).sum()),
        "validation_rows": int(judges.sum()),
        "best_iteration": booster.best_iteration,
        "validation_log_loss": seen["validation"]["logloss"],
    }


made = {"made_with": {"xgboost": xgboost.__version__}, "of_rounds": ROUNDS, "cases": [golden(case) for case in CASES]}
target = pathlib.Path(__file__).with_name("early-stopping.json")
target.write_text(json.dumps(made, indent=1) + "\n")
for case in made["cases"]:
    print(case["rows"], case["validation_rows"], case["best_iteration"], len(case["validation_log_loss"]))
