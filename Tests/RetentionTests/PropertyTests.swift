import Domain
import Retention
import Testing

private let now = WallTime(seconds: 1_790_000_000)

/// Households from thousands of seeds, and what must be true of the plan for each.
struct PropertyTests {
  static let seeds: UInt64 = 3000

  private func age(_ generator: inout SeededGenerator) -> RetentionAge? {
    Bool.random(using: &generator) ? RetentionAge(Int64.random(in: 1...60, using: &generator), .hours) : nil
  }

  private func budget(_ generator: inout SeededGenerator, upTo limit: UInt64) -> ByteCount? {
    Bool.random(using: &generator) ? ByteCount(UInt64.random(in: 0...limit, using: &generator)) : nil
  }

  private func spans(_ count: ClosedRange<Int>, _ generator: inout SeededGenerator) -> [TimeSpan] {
    (0..<Int.random(in: count, using: &generator)).compactMap { _ in
      let from = now - .seconds(Int64.random(in: 0...200_000, using: &generator))
      return TimeSpan(from: from, to: from + .seconds(Int64.random(in: 1...9000, using: &generator)))
    }
  }

  private func house(seed: UInt64) -> RetentionInventory {
    var generator = SeededGenerator(seed: seed)
    var inventory = RetentionInventory(household: RetentionPolicy(), cameras: [], segments: [])
    inventory.household = RetentionPolicy(
      continuous: age(&generator), motion: age(&generator), budget: budget(&generator, upTo: 4000))
    for index in 0..<Int.random(in: 1...4, using: &generator) {
      let id = CameraID.mint(using: &generator)
      inventory.cameras.append(
        RetentionCamera(
          id: id, name: "camera \(index)",
          policy: RetentionPolicy(
            continuous: age(&generator), motion: age(&generator), budget: budget(&generator, upTo: 2000)),
          events: spans(0...4, &generator), protected: spans(0...3, &generator)))
      for sequence in 0..<UInt64.random(in: 0...15, using: &generator) {
        let from = now - .seconds(Int64.random(in: -600...200_000, using: &generator))
        guard let span = TimeSpan(from: from, to: from + .seconds(Int64.random(in: 1...600, using: &generator)))
        else { continue }
        inventory.segments.append(
          RetentionSegment(
            id: .mint(camera: id, using: &generator), stream: Bool.random(using: &generator) ? .main : .detect,
            sequence: sequence, span: span, bytes: UInt64.random(in: 0...300, using: &generator),
            isOpen: UInt8.random(in: 0..<8, using: &generator) == 0))
      }
    }
    return inventory
  }

  private func isProtected(_ segment: RetentionSegment, _ inventory: RetentionInventory) -> Bool {
    inventory.cameras.contains { camera in
      camera.id == segment.id.camera && camera.protected.contains { $0.overlaps(segment.span) }
    }
  }

  private func isMotion(_ segment: RetentionSegment, _ inventory: RetentionInventory) -> Bool {
    inventory.cameras.contains { camera in
      camera.id == segment.id.camera
        && camera.events.contains {
          $0.from - .seconds(5) < segment.span.to && segment.span.from < $0.to + .seconds(10)
        }
    }
  }

  @Test func protectedAndOpenSegmentsAreNeverChosenAndNoneTwice() {
    for seed in 0..<Self.seeds {
      let inventory = house(seed: seed)
      let plan = RetentionPlan.make(inventory, now: now, clockTrusted: seed.isMultiple(of: 2))
      #expect(plan.deletions.allSatisfy { !$0.segment.isOpen && !isProtected($0.segment, inventory) }, "seed \(seed)")
      #expect(Set(plan.deletions.map(\.segment.id)).count == plan.deletions.count, "seed \(seed)")
    }
  }

  @Test func everyBudgetIsMetOrItIsSaidWhyNot() {
    for seed in 0..<Self.seeds {
      let inventory = house(seed: seed)
      let plan = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      let gone = Set(plan.deletions.map(\.segment.id))
      let kept = inventory.segments.filter { !gone.contains($0.id) }
      func check(_ budget: ByteCount?, _ name: String, _ kept: [RetentionSegment]) {
        guard let budget else { return }
        let isMet = kept.reduce(0) { $0 + $1.bytes } <= budget.bytes
        #expect(isMet == !plan.held.contains { $0.hasPrefix("\(name) \(budget) still exceeded") }, "seed \(seed)")
        // What can't be helped is only what may not go.
        if !isMet {
          #expect(kept.allSatisfy { $0.isOpen || $0.bytes == 0 || isProtected($0, inventory) }, "seed \(seed)")
        }
      }
      check(inventory.household.budget, "household budget", kept)
      for camera in inventory.cameras {
        check(camera.policy.budget, "budget of \(camera.name)", kept.filter { $0.id.camera == camera.id })
      }
    }
  }

  @Test func afterThePlanWasCarriedOutNothingIsLeftToDo() {
    for seed in 0..<Self.seeds {
      var inventory = house(seed: seed)
      let gone = Set(RetentionPlan.make(inventory, now: now, clockTrusted: true).deletions.map(\.segment.id))
      inventory.segments.removeAll { gone.contains($0.id) }
      #expect(RetentionPlan.make(inventory, now: now, clockTrusted: true).deletions == [], "seed \(seed)")
    }
  }

  @Test func theSameHouseholdInAnyOrderGivesTheSamePlan() {
    for seed in 0..<Self.seeds {
      var inventory = house(seed: seed)
      let plan = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      var generator = SeededGenerator(seed: seed)
      inventory.segments.shuffle(using: &generator)
      inventory.cameras.shuffle(using: &generator)
      #expect(RetentionPlan.make(inventory, now: now, clockTrusted: true) == plan, "seed \(seed)")
    }
  }

  @Test func protectingOneCameraKeepsNothingOfAnother() throws {
    for seed in 0..<Self.seeds {
      var inventory = house(seed: seed)
      // Ages only: with a common budget, what one camera may keep another has to give.
      inventory.household.budget = nil
      let before = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      let first = inventory.cameras[0].id
      inventory.cameras[0].protected = [
        try #require(TimeSpan(from: now - .seconds(1_000_000), to: now + .seconds(1_000_000)))
      ]
      let after = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      #expect(after.deletions == before.deletions.filter { $0.segment.id.camera != first }, "seed \(seed)")
    }
  }

  @Test func eachRuleTakesContinuousBeforeMotionAndTheOldestFirst() {
    for seed in 0..<Self.seeds {
      let inventory = house(seed: seed)
      let plan = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      for rule in RetentionRule.allCases {
        for camera in rule == .cameraBudget ? inventory.cameras.map(\.id) : [inventory.cameras[0].id] {
          let chosen = plan.deletions.filter {
            $0.rule == rule && (rule != .cameraBudget || $0.segment.id.camera == camera)
          }
          for (one, next) in zip(chosen, chosen.dropFirst()) {
            let kinds = (isMotion(one.segment, inventory), isMotion(next.segment, inventory))
            #expect(kinds == (false, true) || kinds.0 == kinds.1, "seed \(seed)")
            if kinds.0 == kinds.1 { #expect(one.segment.span.from <= next.segment.span.from, "seed \(seed)") }
          }
        }
      }
    }
  }

  @Test func aBudgetNeverTakesNewerContinuousFootageAndLeavesOlder() {
    for seed in 0..<Self.seeds {
      let inventory = house(seed: seed)
      let plan = RetentionPlan.make(inventory, now: now, clockTrusted: true)
      let gone = Set(plan.deletions.map(\.segment.id))
      let taken = plan.deletions.filter { $0.rule == .householdBudget }.map(\.segment)
      let left = inventory.segments.filter {
        !gone.contains($0.id) && !$0.isOpen && $0.bytes > 0 && !isProtected($0, inventory)
      }
      for segment in taken {
        let sameKind = left.filter { isMotion($0, inventory) == isMotion(segment, inventory) }
        #expect(sameKind.allSatisfy { $0.span.from >= segment.span.from }, "seed \(seed)")
        if isMotion(segment, inventory) { #expect(sameKind.count == left.count, "seed \(seed)") }
      }
    }
  }

  @Test func anUntrustedClockNeverDeletesByAge() {
    for seed in 0..<Self.seeds {
      let plan = RetentionPlan.make(house(seed: seed), now: now, clockTrusted: false)
      #expect(plan.deletions.allSatisfy { $0.rule == .cameraBudget || $0.rule == .householdBudget }, "seed \(seed)")
    }
  }

  @Test func timesAtTheirLimitsDoNotTrap() throws {
    var inventory = house(seed: 1)
    inventory.household.continuous = RetentionAge(1, .hours)
    let ends = try [#require(TimeSpan(from: WallTime(nanoseconds: .min), to: WallTime(nanoseconds: .max)))]
    inventory.cameras[0].events = ends
    for (index, time) in ([.min, -1, 0, .max - 1] as [Int64]).enumerated() where index < inventory.segments.count {
      inventory.segments[index].bytes = .max
      inventory.segments[index].span = try #require(
        TimeSpan(from: WallTime(nanoseconds: time), to: WallTime(nanoseconds: .max)))
    }
    for time: Int64 in [.min, 0, .max] {
      _ = RetentionPlan.make(inventory, now: WallTime(nanoseconds: time), clockTrusted: true)
    }
  }
}
