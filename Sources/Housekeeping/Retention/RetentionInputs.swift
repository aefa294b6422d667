package import Domain
package import Retention
import Settings

/// A plan with what it was made from.
package struct PlannedRetention: Sendable {
  package let plan: RetentionPlan
  package let inventory: RetentionInventory
  package let now: WallTime
  /// Where the segments are, relative to their cameras' `media`.
  package let files: [SegmentID: String]
  /// When what waits because of a changed policy is deleted.
  package let leaves: WallTime?
  /// Whether everything that it depends on was read.
  package let isWhole: Bool
}

/// A policy that is looked at before it is in force.
package struct ProposedPolicy: Sendable {
  package var household: RetentionSettings?
  package var cameras: [CameraID: CameraSettings]

  package init(household: RetentionSettings? = nil, cameras: [CameraID: CameraSettings] = [:]) {
    self.household = household
    self.cameras = cameras
  }

  /// Whether it differs from the one in force.
  package var isHypothetical: Bool { household != nil || !cameras.isEmpty }
}

/// How much of the footage is read for a plan.
package enum RetentionListing: Sendable {
  /// As much as the plan depends on: a little of an installation with years of footage.
  case needed
  /// That, and all of one camera's.
  case all(of: CameraID)
  case everything
}
