"""What this Python's xgboost predicts for all Telco customers with a model file that churn wrote.

    node test/golden/train-telco.mjs model.json
    python test/golden/predictions.py model.json        # once with each xgboost; writes predictions-VERSION.json

    node test/golden/train-telco.mjs forest.json forest
    python test/golden/predictions.py forest.json forest    # the same, of customers with holes; writes forest-VERSION.json
"""

import base64
import hashlib
import json
import pathlib
import sys

import numpy as np
import xgboost
from telco import telco, with_holes

model = pathlib.Path(sys.argv[1])
kind = sys.argv[2] if len(sys.argv) > 2 else "predictions"
features, _ = telco()
if kind == "forest":
    features = with_holes(features)
booster = xgboost.Booster(model_file=str(model))
probability = booster.predict(xgboost.DMatrix(features))
assert probability.dtype == np.float32

golden = {
    "made_with": {"xgboost": xgboost.__version__, "numpy": np.__version__},
    "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
    "probability": base64.b64encode(probability.astype("<f4").tobytes()).decode(),
}
target = pathlib.Path(__file__).with_name(f"{kind}-{xgboost.__version__}.json")
target.write_text(json.dumps(golden, indent=1) + "\n")
print(target, golden["model_sha256"])
