"""Trains a night's model anew by xgboost and judges it by scikit-learn, from churn's Parquet files alone.

python retrain.py WORKSPACE NIGHT

Prints F1 and AUC on the test customers, and what churn's own evaluation.json says.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import xgboost
from sklearn.metrics import f1_score, roc_auc_score

workspace, night = Path(sys.argv[1]), sys.argv[2]
THRESHOLD = 0.5

features = json.loads((workspace / "features" / night / "features.json").read_text())
names, label = features["features"], features["label"]
train = pd.read_parquet(workspace / "features" / night / "train.parquet")
test = pd.read_parquet(workspace / "features" / night / "test.parquet")
model = xgboost.XGBClassifier(
    n_estimators=100, max_depth=5, learning_rate=0.1, random_state=42, tree_method="exact", base_score=0.5
)
model.fit(train[names], train[label])
probability = model.predict_proba(test[names])[:, 1]
evaluation = json.loads((workspace / "models" / night / "evaluation.json").read_text())["metrics"]
print(
    json.dumps(
        {
            "rows": len(test),
            "missing": int(train[names].isna().sum().sum()),
            "f1": float(f1_score(test[label], probability > THRESHOLD)),
            "auc_roc": float(roc_auc_score(test[label], probability)),
            "ours": {name: evaluation[name] for name in ("f1", "auc_roc")},
        }
    )
)
