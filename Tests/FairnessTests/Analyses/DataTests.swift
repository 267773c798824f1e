import Fairness
import Testing

@Suite("Data before any model")
struct DataTests {
  @Test("χ² of 30, 50 and 20 rows against shares of 40%, 40% and 20% is 5 (scipy's chisquare)")
  func representation() {
    let found = Representation(counts: [30, 50, 20, 7], reference: [0.4, 0.4, 0.2, nil])
    #expect(isNear(found.chiSquare, 5))
    #expect(found.degreesOfFreedom == 2)
    #expect(isNear(found.pValue, 0.0820849986238988))
    #expect(isNear(found.ratios[0], 0.75) && isNear(found.shares[1], 0.5))
    #expect(isNear(found.totalVariation, 0.1))
    #expect(found.shares[3].number(.undefined) == nil)
    #expect(Representation(counts: [1, 2], reference: [1, 0]).chiSquare.number(.undefined) == nil)
  }

  @Test("Labels of a group with 1 of 4 positive and of others with 3 of 6 (by the formulas)")
  func imbalance() {
    let found = LabelImbalance(group: [3, 1], others: [3, 3])
    #expect(isNear(found.classImbalance, 0.2))
    #expect(isNear(found.differenceInProportions, 0.25))
    // 0.5 ln(0.5 / 0.75) + 0.5 ln(0.5 / 0.25)
    #expect(isNear(found.kullbackLeibler, 0.14384103622589042))
    // P = (0.625, 0.375): (0.5 ln 0.8 + 0.5 ln(4/3) + 0.75 ln 1.2 + 0.25 ln(2/3)) / 2
    #expect(isNear(found.jensenShannon, 0.033822075568605205))
    #expect(isNear(found.euclidean, 0.125.squareRoot()))
    #expect(isNear(found.totalVariation, 0.25))
    #expect(LabelImbalance(group: [4, 0], others: [3, 3]).kullbackLeibler.number(.undefined) == nil)
  }

  @Test("Normalised mutual information is scikit-learn 1.9.1's")
  func information() {
    let found = ProxyStrength(
      values: [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], groups: [0, 0, 1, 1, 1, 0, 1, 1, 1, 1])
    #expect(isNear(found.normalizedMutualInformation, 0.26939712067394))
    let same = ProxyStrength(values: [3, 3, 5, 5], groups: [1, 1, 0, 0])
    #expect(isNear(same.normalizedMutualInformation, 1) && isNear(same.uncertaintyCoefficient, 1))
  }

  @Test("Quantile bins: few numbers have one each, equal numbers share one, NaN is -1")
  func bins() {
    #expect(ProxyStrength.quantileBins([3, 1, 2, 1, .nan], count: 3) == [2, 0, 1, 0, -1])
    #expect(ProxyStrength.quantileBins([1, 2, 3, 4, 5, 6, 7, 8], count: 2) == [0, 0, 0, 0, 1, 1, 1, 1])
  }

  @Test("A column equal to the group has the area 1, a constant column ½")
  func area() {
    let isMember = (0..<40).map { $0 % 3 == 0 }
    let isTraining = (0..<40).map { $0 < 20 }
    #expect(
      isNear(
        ProxyStrength.areaUnderROC(
          values: isMember.map { $0 ? 7 : 2 }, isMember: isMember, isTraining: isTraining), 1))
    #expect(
      isNear(
        ProxyStrength.areaUnderROC(
          values: isMember.map { _ in 0 }, isMember: isMember, isTraining: isTraining), 0.5))
  }
}
