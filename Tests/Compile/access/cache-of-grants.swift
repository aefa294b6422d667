// refused: type 'ViewGrant' does not conform to protocol 'Copyable'

import Domain

/// A grant is for one opening: there is nowhere to keep it.
final class GrantsOfEverybody {
  var grants: [ViewGrant] = []
}
