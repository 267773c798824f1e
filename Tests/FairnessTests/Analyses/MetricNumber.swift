import Fairness

/// The number of a value; NaN if it is undefined.
func number(_ value: MetricValue) -> Double { value.number(.undefined) ?? .nan }

func isNear(_ value: MetricValue, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
  abs(number(value) - expected) <= tolerance
}
