import Domain
import Supervisor
import Testing
import Volumes

@Suite struct VolumesInUseTests {
  private func start(_ state: VolumeState, given: String?) -> Bool { VolumesInUse.wanted(state, given: given) != given }

  @Test func aWorkerStartsAgainWhenItsVolumeGoesComesOrIsMountedAnew() {
    let mounted = VolumesInUse.wanted(.ready(mount: 7), given: nil)
    #expect(!start(.ready(mount: 7), given: mounted))
    #expect(start(.ready(mount: 8), given: mounted))
    #expect(start(.away("not mounted"), given: mounted))
    #expect(start(.readOnly("read-only"), given: mounted))
    let away = VolumesInUse.wanted(.away("not mounted"), given: mounted)
    #expect(away == "not mounted")
    #expect(!start(.away("not mounted"), given: away))
    // It tells why, so another reason is another start.
    #expect(start(.away("another volume"), given: away))
    #expect(start(.ready(mount: 7), given: away))
  }

  @Test func whoWritesOnAVolumeThatStandsStillIsLeftAlone() {
    let mounted = VolumesInUse.wanted(.ready(mount: 7), given: nil)
    #expect(!start(.silent("no answer"), given: mounted))
    #expect(!start(.ready(mount: 7), given: VolumesInUse.wanted(.silent("no answer"), given: mounted)))
    // Who was started meanwhile has no volume, and gets it when it answers.
    let silent = VolumesInUse.wanted(.silent("no answer"), given: nil)
    #expect(!start(.silent("no answer"), given: silent))
    #expect(start(.ready(mount: 7), given: silent))
  }
}
