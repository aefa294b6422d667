// refused: cannot convert value of type 'MonotonicTime' to expected argument type 'MediaTime'
import Domain
import Seal

func whenItWasWritten(_ identity: SegmentIdentity) -> WallTime { identity.wall(at: identity.monotonic) }
