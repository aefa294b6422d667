// refused: cannot find type 'DeletionExecutor' in scope

import Catalog
import Domain
import Housekeeping

extension PicturesController {
  func routeThatReachesTheExecutor(_ executor: DeletionExecutor, _ event: EventSpan) async throws {
    try await executor.delete([event])
  }
}
