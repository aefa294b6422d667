// refused: cannot convert value of type 'Int64' to expected argument type 'MediaTime'
import Domain
import Seal

func isLate(_ fragment: SealedFragment, microseconds: Int64) -> Bool { fragment.to > microseconds }
