// refused: cannot convert value of type 'Int64' to expected argument type 'MediaTime'
import Domain
import Seal

func whenItWasShown(_ identity: SegmentIdentity, microseconds: Int64) -> WallTime { identity.wall(at: microseconds) }
