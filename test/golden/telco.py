"""The ten features of the sample's churn.yaml, from the raw Telco table: what test/model/telco.ts makes in TypeScript."""

import pathlib

import numpy as np
import pandas as pd

TELCO = pathlib.Path(__file__).parents[2] / "src/lib/sample/telco/wa_churn.csv"


def telco():
    """All 7,043 customers: features as float32, and whether they churned."""
    raw = pd.read_csv(TELCO)
    total = raw["total_charges"].fillna(0)
    features = {
        "tenure_months": raw["tenure"],
        "monthly_charges": raw["monthly_charges"],
        "total_charges": total,
        "avg_monthly": total / (raw["tenure"] + 1),
    }
    for contract in ["Month-to-month", "One year", "Two year"]:
        features[f"contract_type_{contract}"] = raw["contract"] == contract
    for payment in ["Bank transfer", "Credit card", "Electronic check"]:
        features[f"payment_method_{payment}"] = raw["payment_method"].str.replace(" (automatic)", "", regex=False) == payment
    return pd.DataFrame(features).astype(np.float32), (raw["churn"] == "Yes").astype(np.uint8)


def with_holes(features):
    """Every eleventh value or so missing, by a rule that TypeScript can repeat."""
    rows, columns = np.indices(features.shape)
    return features.mask((7 * rows + 13 * columns) % 11 == 0)
