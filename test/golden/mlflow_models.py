"""Models as Python's mlflow.xgboost logs them, and what Python scores with them: a Booster in each format, and an XGBClassifier that
early stopping stopped, of which only the best rounds count.

    python test/golden/mlflow_models.py                 # writes mlflow/NAME/MLmodel, mlflow/NAME/model.* and mlflow/scores.json
"""

import json
import pathlib
import shutil
import tempfile

import mlflow
import numpy as np
import pandas as pd
import xgboost

folder = pathlib.Path(__file__).parent / "mlflow"
rng = np.random.default_rng(7)
frame = pd.DataFrame(
    {
        "tenure": rng.uniform(0, 72, 600).astype("float32"),
        "charge": rng.uniform(10, 120, 600).astype("float32"),
        "plan_basic": rng.integers(0, 2, 600).astype("float32"),
    }
)
frame.loc[::17, "charge"] = np.nan
label = ((frame.tenure < 20) & (frame.charge.fillna(60) > 50) | (rng.uniform(size=600) < 0.1)).astype(int)

booster = xgboost.train(
    {"objective": "binary:logistic", "max_depth": 3, "seed": 1}, xgboost.DMatrix(frame, label), 8
)
classifier = xgboost.XGBClassifier(n_estimators=30, max_depth=3, early_stopping_rounds=3, random_state=1)
classifier.fit(frame[:400], label[:400], eval_set=[(frame[400:], label[400:])], verbose=False)

for name, model, model_format in (
    ("booster-ubj", booster, "ubj"),
    ("booster-json", booster, "json"),
    ("booster-xgb", booster, "xgb"),
    ("classifier-ubj", classifier, "ubj"),
):
    with tempfile.TemporaryDirectory() as temporary:
        saved = pathlib.Path(temporary) / "model"
        mlflow.xgboost.save_model(model, saved, model_format=model_format)
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file in ("MLmodel", f"model.{model_format}"):
            shutil.copy(saved / file, folder / name / file)

some = frame[:40]
scores = {
    "made_with": {"mlflow": mlflow.__version__, "xgboost": xgboost.__version__},
    "columns": list(some.columns),
    "rows": [[None if np.isnan(value) else float(value) for value in row] for row in some.to_numpy()],
    "booster": [float(value) for value in booster.predict(xgboost.DMatrix(some))],
    "classifier": [float(value) for value in classifier.predict_proba(some)[:, 1]],
    "best_iteration": int(classifier.best_iteration),
    "rounds": len(classifier.get_booster().get_dump()),
}
(folder / "scores.json").write_text(json.dumps(scores) + "\n")
