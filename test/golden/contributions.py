"""What the newest xgboost says of foreign-model.json: its importances, and its contributions for 300 customers with holes.

    python test/golden/contributions.py                 # writes contributions.json
"""

import base64
import json
import pathlib

import numpy as np
import xgboost
from telco import telco, with_holes

ROWS = 300

folder = pathlib.Path(__file__).parent
features, _ = telco()
some = with_holes(features).head(ROWS)
booster = xgboost.Booster(model_file=str(folder / "foreign-model.json"))
contributions = booster.predict(xgboost.DMatrix(some), pred_contribs=True)
assert contributions.shape == (ROWS, features.shape[1] + 1)
golden = {
    "made_with": {"xgboost": xgboost.__version__, "numpy": np.__version__},
    "rows": ROWS,
    "importance": {kind: booster.get_score(importance_type=kind) for kind in ("gain", "weight", "cover")},
    "contributions": base64.b64encode(contributions.astype("<f4").tobytes()).decode(),
}
(folder / "contributions.json").write_text(json.dumps(golden, indent=1) + "\n")
