/// An example of each configuration for the reference page; a test decodes all of them.
public enum ConfigurationExamples {
  public static let all: [String: String] = [
    "finetune": """
    {
      "data": {"label": "approved", "positive": "yes", "sensitive": ["sex", {"name": "age", "bins": [25, 60]}]},
      "fairness": [
        {"objective": "demographic_parity", "attribute": "sex", "tolerance": 0.02},
        {"objective": "equal_opportunity", "attribute": "age", "tolerance": 0.05}
      ],
      "policy": {"require": [{"metric": "accuracy", "at_least": 0.8}], "enforce": ["save"]}
    }
    """,
    "audit": """
    {
      "data": {"label": "approved", "prediction": "decided", "sensitive": ["sex", "group"]},
      "by": ["sex", "group", ["sex", "group"]],
      "metrics": ["selection_rate", "tpr", "fpr"],
      "intervals": {"confidence": 0.95},
      "policy": {"require": [{"rule": "four_fifths", "confidence": 0.95}]}
    }
    """,
    "transform": """
    {
      "data": {"label": "approved", "positive": "yes", "sensitive": ["sex"]},
      "steps": [{"name": "imputation"}, {"name": "smote_nc", "by": "label_group"}, {"name": "reweighing"}]
    }
    """,
    "adjust": """
    {
      "data": {"label": "approved", "positive": "yes", "sensitive": ["sex"]},
      "adjust": [
        {"method": "calibration", "kind": "isotonic"},
        {"method": "thresholds", "constraint": "equalized_odds", "objective": "balanced_accuracy", "randomized": true}
      ]
    }
    """,
    "choose": """
    {"rule": "best", "tolerances": [0.02]}
    """,
    "predict": """
    {"threshold": 0.6, "keep": ["applicant"], "unseen": "refuse"}
    """,
    "model": """
    {"kind": "mlp", "hidden": [64, 32], "activation": "relu"}
    """,
    "load": """
    {"format": "onnx", "output": "logits"}
    """,
    "save": """
    {"format": "onnx"}
    """,
    "open": """
    {"delimiter": ";", "decimal": ",", "types": {"zip": "text"}, "missing": ["", "unknown"]}
    """,
    "write": """
    {"format": "csv"}
    """,
    "split": """
    {"fractions": [0.7, 0.3], "stratify": ["approved", "sex"], "seed": 1}
    """,
  ]
}
