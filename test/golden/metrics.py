"""scikit-learn's metrics on 200 random cases: ties, one class, nobody predicted, probabilities of 0 and 1.

Probabilities are whole numbers of 4096ths, so that float32 and double hold the same ones.

    python test/golden/metrics.py                       # writes metrics.json
"""

import json
import math
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score, roc_auc_score

warnings.simplefilter("ignore", UndefinedMetricWarning)
random = np.random.default_rng(42)


def case(index):
    rows = int(random.integers(1, 60))
    churn_rate = random.choice([0.0, 0.1, 0.3, 0.5, 1.0])
    y_true = (random.random(rows) < churn_rate).astype(np.uint8)
    grid = int(random.choice([1, 16, 512, 4096]))  # 4096: only 0 and 1; 512: many ties
    signal = y_true * random.choice([0, 1, 2])
    parts = np.clip(random.normal(1500 + 900 * signal, 700), 0, 4096) // grid * grid
    threshold = float(random.choice([0.25, 0.5, 0.99]))
    p = parts / 4096
    y_pred = (p > threshold).astype(np.uint8)
    auc = roc_auc_score(y_true, p)
    (tn, fp), (fn, tp) = confusion_matrix(y_true, y_pred, labels=[0, 1]).tolist()
    return {
        "y_true": "".join(map(str, y_true)),
        "parts": parts.astype(int).tolist(),
        "threshold": threshold,
        "confusion": [tp, fp, fn, tn],
        "accuracy": float(accuracy_score(y_true, y_pred)),
        "precision": float(precision_score(y_true, y_pred)),
        "recall": float(recall_score(y_true, y_pred)),
        "f1": float(f1_score(y_true, y_pred)),
        "auc_roc": None if math.isnan(auc) else float(auc),
        "log_loss": float(log_loss(y_true, p, labels=[0, 1])),
        "log_loss_float32": float(log_loss(y_true, p.astype(np.float32), labels=[0, 1])),
    }


cases = [case(index) for index in range(200)]
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
versions = json.dumps({"scikit-learn": sklearn.__version__, "numpy": np.__version__})
target = pathlib.Path(__file__).with_name("metrics.json")
target.write_text(f'{{"made_with":{versions},\n"cases":[\n{lines}\n]}}\n')
