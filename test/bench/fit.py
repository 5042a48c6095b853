"""Python's own fit on the matrix that churn trained on, with the parameters that churn sent.

    fit.py TRAIN.parquet FEATURES.json ROUNDS PARAMETERS

TRAIN.parquet and FEATURES.json are what churn's features stage wrote, PARAMETERS is JSON: those of the result of train, all of them
texts. Prints one JSON line: seconds of `fit` alone, which makes its matrix of the frame as churn's train call makes its own.
"""
import json
import sys
import time
from pathlib import Path

import pandas as pd
from xgboost import XGBClassifier


def value(text: str):
    """Python's wrapper reckons with some of them: "256" as 256, "false" as False; what is no JSON stays a text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


matrix, columns, rounds, sent = sys.argv[1:]
names = json.loads(Path(columns).read_text())
parameters = {name: value(text) for name, text in json.loads(sent).items()}
# The wrapper makes the matrix with so many threads too, and knows the number by this name alone.
parameters["n_jobs"] = parameters.pop("nthread")
frame = pd.read_parquet(matrix, columns=[*names["features"], names["label"]])
features, label = frame[names["features"]], frame[names["label"]]
model = XGBClassifier(n_estimators=int(rounds), **parameters)
started = time.perf_counter()
model.fit(features, label)
print(json.dumps({"fit_seconds": round(time.perf_counter() - started, 4)}))
