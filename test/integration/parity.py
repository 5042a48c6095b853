"""Trains and scores cases of special values by xgboost, and prints its probabilities.

python parity.py CASES.json

A case has columns (little-endian float32 as base64) to train on and to score, labels as text of 0 and 1, and the parameters.
One process does all cases, since to load xgboost takes longer than most of them, with one thread: on a busy machine several
wait for each other.
"""

import base64
import json
import sys

import numpy as np
import xgboost


def columns(texts):
    return np.column_stack([np.frombuffer(base64.b64decode(text), "<f4") for text in texts])


def probability(case):
    label = np.array([int(digit) for digit in case["label"]])
    train = xgboost.DMatrix(columns(case["train"]), label, nthread=1)
    params = {"objective": "binary:logistic", "nthread": 1, **case["params"]}
    booster = xgboost.train(params, train, case["rounds"])
    scored = booster.predict(xgboost.DMatrix(columns(case["score"]), nthread=1))
    return base64.b64encode(scored.astype("<f4").tobytes()).decode()


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps({"version": xgboost.__version__, "probabilities": [probability(case) for case in cases]}))
