import EngineKernels
import Fairness
import Platform
import Testing

@Suite("How scores become decisions")
struct DecisionRuleTests {
  @Test("A score equal to the threshold is positive, whether it is 32 or 64 bits wide; NaN is negative")
  func equal() {
    let rule = DecisionRule(threshold: 0.7)
    #expect(rule.isPositive(Float(0.7)) && rule.isPositive(0.7 as Double))
    // As a 64-bit number it is below the float nearest to 0.7, but after rounding it is not.
    #expect(rule.isPositive(Double(Float(0.7)).nextDown))
    #expect(!rule.isPositive(Float(0.7).nextDown) && !rule.isPositive(Double(Float(0.7).nextDown)))
    #expect(!rule.isPositive(Float.nan) && !rule.isPositive(Double.nan))
  }

  @Test(
    "The smallest positive logit divides the logits as their probabilities are divided (1,000 thresholds)")
  func logits() {
    var random = RandomStream(seed: 5)
    for trial in 0..<1000 {
      var score: Float = 0
      var logit = Float(random.uniform() * 30 - 15)
      activation_forward(ACTIVATION_SIGMOID, 0, &logit, &score, 1)
      let threshold =
        trial < 2 ? Double(trial) : trial % 2 == 0 ? Double(score) : random.uniform()
      let rule = DecisionRule(threshold: threshold)
      let smallest = rule.smallestLogit
      for place in -20...20 {
        var input = place == 0 ? logit : smallest == -.infinity ? Float(place * 9) : smallest
        for _ in 0..<abs(place) where smallest.isFinite { input = place < 0 ? input.nextDown : input.nextUp }
        activation_forward(ACTIVATION_SIGMOID, 0, &input, &score, 1)
        #expect((input >= smallest) == rule.isPositive(score), "threshold \(threshold), logit \(input)")
      }
    }
  }

  @Test("With equal scores the first class is predicted")
  func ties() {
    #expect(DecisionRule.likeliest([0.2, 0.4, 0.4], 3) == 1)
    #expect(DecisionRule.likeliest([0.5, 0.1, 0.5], 3) == 0)
    #expect(DecisionRule.likeliest([1], 1) == 0)
  }
}
