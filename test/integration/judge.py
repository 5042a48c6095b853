"""Judges a model on a night's test customers by xgboost and scikit-learn alone.

python judge.py MODEL_FOLDER CUSTOMERS.parquet [PREDICTIONS.parquet]

The customers are raw ones; model.json is the only file of the model that is read. Prints the metrics under the names of
evaluation.json and, against churn's predictions of the same customers, the largest difference of a probability.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import xgboost
from customers import matrices, read_customers
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score, roc_auc_score

model_folder, customers, *predictions = map(Path, sys.argv[1:])
THRESHOLD = 0.5

_, test = matrices(read_customers(customers))
booster = xgboost.Booster(model_file=str(model_folder / "model.json"))
probability = booster.predict(xgboost.DMatrix(test[booster.feature_names]))
y_true = test["churned"].to_numpy()
y_pred = (probability > THRESHOLD).astype(np.uint8)
(tn, fp), (fn, tp) = confusion_matrix(y_true, y_pred).tolist()
judged = {
    "rows": len(test),
    "positives": int(y_true.sum()),
    "metrics": {
        "accuracy": float(accuracy_score(y_true, y_pred)),
        "precision": float(precision_score(y_true, y_pred)),
        "recall": float(recall_score(y_true, y_pred)),
        "f1": float(f1_score(y_true, y_pred)),
        "auc_roc": float(roc_auc_score(y_true, probability)),
        # widened: scikit-learn adds float32 losses up in float32, which alone costs 1e-5
        "log_loss": float(log_loss(y_true, probability.astype(np.float64))),
    },
    "confusion_matrix": {"true_positives": tp, "false_positives": fp, "false_negatives": fn, "true_negatives": tn},
    "versions": {"xgboost": xgboost.__version__, "scikit-learn": sklearn.__version__},
}
if predictions:
    ours = pd.read_parquet(predictions[0])
    judged["predictions"] = {
        "same_customers": bool((ours["customer_id"] == test["customer_id"]).all() and (ours["churned"] == y_true).all()),
        "largest_difference": float(np.abs(ours["probability"].to_numpy() - probability).max()),
        "differing_verdicts": int((ours["predicted"].to_numpy() != y_pred).sum()),
    }
print(json.dumps(judged))
