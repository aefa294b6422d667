// refused: 'executor' is inaccessible due to 'internal' protection level

import Domain
import Housekeeping

extension FootageController {
  func routeThatBorrowsTheExecutor() {
    _ = deletion.executor
  }
}
