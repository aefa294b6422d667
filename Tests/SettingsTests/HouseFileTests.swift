import Domain
import FoundationEssentials
import Settings
import Testing

/// Reads a house file's text as `house.yaml`; the password file "secrets/door" holds "open sesame".
private func read(_ text: String) throws -> HouseFile {
  try HouseFileReader.parse(Array(text.utf8), file: "house.yaml") { name in
    guard name == "secrets/door" else {
      throw Problem(
        .configuration, "the password file \(name) can't be read: No such file or directory", next: "write it")
    }
    return Secret("open sesame")
  }
}

private func mistakes(_ text: String) -> [String] {
  do {
    _ = try read(text)
    return []
  } catch {
    return (error as? HouseFileProblems)?.lines ?? ["\(error)"]
  }
}

@Suite struct HouseFileTests {
  @Test func aFileWithEverythingIsReadAsItStands() throws {
    let house = try read(
      """
      cameras:
        - name: Front door
          source: rtsp://192.168.1.20:554/main
          detect: rtsp://192.168.1.20:8554/sub
          user: recorder
          password_file: secrets/door
          transport: udp
          record: motion
          audio: true
          record_detect: false
          pre_roll: 3s
          post_roll: 20
          motion: {sensitivity: 70, zones: [{name: path, polygon: [[0.1,0.4],[0.9,0.4],[0.9,1]]}]}
          retention: {continuous: 36h, motion: 2w, budget: 200GB}
      people:
        - name: Kim
          owner: false
          grants:
            - {camera: Front door, rights: [playback, live], until: 2026-12-24T23:00:00+01:00, hours: "18:00-23:00"}
      retention:
        continuous: 3d
        motion: 30d
        budget: 500GB
      """)
    var door = HouseFile.Camera(
      name: "Front door", source: try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 554, path: "/main"))
    door.detect = try CameraAddress(scheme: .rtsp, host: "192.168.1.20", port: 8554, path: "/sub")
    door.user = "recorder"
    door.password = Secret("open sesame")
    door.transport = .udp
    door.record = .motion
    door.audio = true
    door.recordDetect = false
    door.preRollSeconds = 3
    door.postRollSeconds = 20
    door.motion.sensitivity = 70
    door.motion.zones = [
      Zone(
        name: "path",
        polygon: [RelativePoint(x: 0.1, y: 0.4), RelativePoint(x: 0.9, y: 0.4), RelativePoint(x: 0.9, y: 1)])
    ]
    door.retention = RetentionSettings(
      continuousSeconds: 129_600, motionSeconds: 1_209_600, budgetBytes: 200_000_000_000)
    #expect(
      house
        == HouseFile(
          cameras: [door],
          people: [
            HouseFile.Person(
              name: "Kim", owner: false,
              grants: [
                HouseFile.Grant(
                  camera: "Front door", rights: ["live", "playback"], until: "2026-12-24T22:00:00.000Z",
                  hours: "18:00-23:00")
              ])
          ],
          retention: RetentionSettings(
            continuousSeconds: 259_200, motionSeconds: 2_592_000, budgetBytes: 500_000_000_000)))
  }

  @Test(arguments: [
    ("camras: []", "house.yaml:1:1: a house file has no key \"camras\" — did you mean \"cameras\"?"),
    (
      "cameras: {}",
      "house.yaml:1:10: cameras is a list, not a block of keys — begin each entry with \"- \", or write [a, b]"
    ),
    ("cameras:", "house.yaml:1:1: cameras has no value — give it one, or take the key out"),
    (
      "- a",
      "house.yaml:1:1: a house file is a block of keys and values, not a list — use the keys cameras, people, retention"
    ),
    ("", "house.yaml:1:1: the file is empty — declare cameras, people or retention; see deploy/house.example.yaml"),
    (
      "# only a comment\n",
      "house.yaml:1:1: the file is empty — declare cameras, people or retention; see deploy/house.example.yaml"
    ),
    ("cameras:\n  - name: A", "house.yaml:2:5: a camera has no source — add the key source"),
    ("cameras:\n  - source: rtsp://a.lan/", "house.yaml:2:5: a camera has no name — add the key name"),
    (
      "cameras:\n  - {name: A, source: 'http://10.0.0.1/'}",
      "house.yaml:2:23: http:// is not a camera's protocol — only rtsp:// and rtsps:// are read"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://8.8.8.8/'}",
      "house.yaml:2:23: 8.8.8.8 is not in your house: Hearth reads only from private addresses — use the camera's address on your network, such as 192.168.1.20"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://169.254.169.254/'}",
      "house.yaml:2:23: 169.254.169.254 is not in your house: Hearth reads only from private addresses — use the camera's address on your network, such as 192.168.1.20"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://0.0.0.0/'}",
      "house.yaml:2:23: 0.0.0.0 is not one camera's address — use the camera's own address on your network"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://u:p@a.lan/'}",
      "house.yaml:2:23: source holds a password — put it in a file of its own and name that file with the key password_file"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', record: motoin}",
      "house.yaml:2:48: record is \"motoin\" — did you mean \"motion\"?"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', record: sometimes}",
      "house.yaml:2:48: record is \"sometimes\" — use one of continuous, motion, off"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', audio: 'true'}",
      "house.yaml:2:47: audio is \"true\" — use true or false, without quotes"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', audio: [true]}",
      "house.yaml:2:47: audio is a text, not a list — write it in one line"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', pre_roll: 5m}",
      "house.yaml:2:50: pre_roll is \"5m\" — use whole seconds from 0s to 60s"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', pre-roll: 5s}",
      "house.yaml:2:40: a camera has no key \"pre-roll\" — did you mean \"pre_roll\"?"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {sensitivity: 101}}",
      "house.yaml:2:62: sensitivity is \"101\" — use a whole number from 0 to 100"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {drawn_on: 640}}",
      "house.yaml:2:59: drawn_on is \"640\" — write the stream's size as 640x360"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {zones: [{name: z, polygon: [[0,0],[1,1],[0,1]], kind: exlude}]}}",
      "house.yaml:2:103: kind is \"exlude\" — did you mean \"exclude\"?"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {zones: [{name: z, polygon: [[0,0],[1,1],[0,1]], minimum_size: 5%}]}}",
      "house.yaml:2:111: minimum_size is no share of the picture — write a number from 0 to 1, such as 0.01 for a hundredth"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {zones: [{name: z, polygon: [[0,0],[1,1],[0,1]], kind: mask, sensitivity: 9}]}}",
      "house.yaml:2:122: what moves in a zone that is \"mask\" never counts — take this key out"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {zones: [{name: z, polygon: [[0,0],[1,1]]}]}}",
      "house.yaml:2:76: the polygon has 2 corners — give it 3 to 256, as in [[0, 0], [1, 0], [1, 1]]"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', motion: {zones: [{name: z, polygon: [[0,0],[1,1],[0,1.5]]}]}}",
      "house.yaml:2:89: a corner is two numbers from 0 to 1 — write it as [0.25, 0.5]: across, then down"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', password_file: nothing, user: u}",
      "house.yaml:2:55: the password file nothing can't be read: No such file or directory — write it"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/', password_file: secrets/door}",
      "house.yaml:2:55: there is a password_file but no user — add the key user"
    ),
    (
      "cameras:\n  - {name: A, source: 'rtsp://a.lan/'}\n  - {name: A, source: 'rtsp://b.lan/'}",
      "house.yaml:3:12: there are two cameras called \"A\" — the first is in line 2; give this one another name"
    ),
    (
      "cameras:\n  - {name: A, was: B, source: 'rtsp://a.lan/'}\n  - {name: B, source: 'rtsp://b.lan/'}",
      "house.yaml:2:12: \"A\" was \"B\", but that camera is in the file too — take out one of the two"
    ),
    (
      "cameras:\n  - name: A\n    source: rtsp://a.lan/\n    name: B",
      "house.yaml:2:5: \"name\" stands more than once in the same block — keep one of them"
    ),
    (
      "cameras:\n  - {name: \"A\\u202eB\", source: 'rtsp://a.lan/'}",
      "house.yaml:2:12: name holds a character that is not shown — use letters, digits, signs and single spaces"
    ),
    (
      "cameras:\n  - {name: \"\", source: 'rtsp://a.lan/'}",
      "house.yaml:2:12: name is empty — give it a value, or take the key out"
    ),
    (
      "people:\n  - {name: Kim, grants: [{camera: Gardn, rights: [live]}]}\ncameras:\n  - {name: Garden, source: 'rtsp://a.lan/'}",
      "house.yaml:2:35: no camera of this file is called \"Gardn\" — did you mean \"Garden\"?"
    ),
    (
      "people:\n  - {name: Kim, grants: [{camera: Garden, rights: [life]}]}\ncameras:\n  - {name: Garden, source: 'rtsp://a.lan/'}",
      "house.yaml:2:52: \"life\" is not a right — did you mean \"live\"?"
    ),
    (
      "people: [{name: Kim}, {name: Kim}]",
      "house.yaml:1:30: there are two people called \"Kim\" — the first is in line 1; give this one another name"
    ),
    (
      "retention: {continuous: 7}",
      "house.yaml:1:25: the age \"7\" has no unit — write a whole number and a unit: 12h, 3d, 2w or 1y"
    ),
    (
      "retention: {continuous: -1d}",
      "house.yaml:1:25: \"-1d\" is not an age — write a whole number and a unit: 12h, 3d, 2w or 1y"
    ),
    (
      "retention: {continuous: 0d}",
      "house.yaml:1:25: the age \"0d\" is outside 1h to 100y — leave the rule out to keep footage for as long as there is room"
    ),
    (
      "retention: {motion: 7dd}",
      "house.yaml:1:21: \"dd\" is not a unit of age — write a whole number and a unit: 12h, 3d, 2w or 1y"
    ),
    (
      "retention: {motion: 1e999d}",
      "house.yaml:1:21: \"1e999d\" is not an age — write a whole number and a unit: 12h, 3d, 2w or 1y"
    ),
    (
      "retention: {motion: 99999999999d}",
      "house.yaml:1:21: the age \"99999999999d\" is outside 1h to 100y — leave the rule out to keep footage for as long as there is room"
    ),
    (
      "retention: {budget: 5 lightyears}",
      "house.yaml:1:21: \"lightyears\" is not a unit of size — write a number and a unit: MB, GB, TB, MiB, GiB or TiB, as in 500GB"
    ),
    (
      "retention: {budget: 120%}",
      "house.yaml:1:21: \"120%\" is not a share of the volume — write 1% to 95%, or a size: 500GB"
    ),
    (
      "retention: {continuous: 2d, minimum: 3d}",
      "house.yaml:1:25: continuous is shorter than the minimum age — raise it, or lower minimum"
    ),
    (
      "retention: {maximum: 20d, detect: {motion: 90d}}",
      "house.yaml:1:44: detect.motion is longer than the maximum age — lower it, or raise maximum"
    ),
    (
      "retention: {detect: {minimum: 1d}}",
      "house.yaml:1:22: detect has no key \"minimum\" — use one of continuous, motion"
    ),
    (
      "cameras: [{name: A, source: rtsp://a.lan/1, retention: {reserve: 2h}}]",
      "house.yaml:1:57: retention has no key \"reserve\" — use one of continuous, motion, detect, minimum, maximum, budget"
    ),
    (
      "retention: &a {continuous: 3d}",
      "house.yaml:1:12: anchors and aliases (& and *) are not read here — write the value out"
    ),
    (
      "cameras:\n\t- name: A",
      "house.yaml:2:1: this is not YAML: found character that cannot start any token — indent with spaces, not with tabs"
    ),
    (
      "cameras: [",
      "house.yaml:2:1: this is not YAML: did not find expected node content — check indentation, quotes and brackets there and just above"
    ),
    (
      "retention: {budget: 5GB}\n---\nretention: {}",
      "house.yaml:2:1: a second document begins here — keep one household in a file: take out the \"---\""
    ),
    (
      "cameras:\n  - name: \u{7}",
      "house.yaml:2:11: this can't be read: control characters are not allowed — take the character out, or write it as \\u in double quotes"
    ),
  ])
  func aMistakeIsNamedWithItsPlaceAndWhatToWriteInstead(_ text: String, _ line: String) {
    #expect(mistakes(text) == [line])
  }

  @Test func allMistakesAreToldAtOnceInTheOrderOfTheirLines() {
    #expect(
      mistakes(
        """
        cameras:
          - nam: Front door
            source: rtsp://192.168.1.20/main
            record: motoin
        retention:
          continuous: 3
        """) == [
          "house.yaml:2:5: a camera has no key \"nam\" — did you mean \"name\"?",
          "house.yaml:2:5: a camera has no name — add the key name",
          "house.yaml:4:13: record is \"motoin\" — did you mean \"motion\"?",
          "house.yaml:6:15: the age \"3\" has no unit — write a whole number and a unit: 12h, 3d, 2w or 1y",
        ])
  }

  @Test func aMistakeNeverRepeatsAPassword() {
    let told = mistakes(
      "cameras:\n  - {name: A, source: 'rtsp://u:hunter2@a.lan:99999/'}\n  - {name: B, source: 'rtsp://u:hunter2@b.lan/'}"
    )
    #expect(told.count == 2)
    #expect(!told.joined().contains("hunter2"))
  }

  @Test func byteOrderMarkAndWindowsLineEndsAreRead() throws {
    let house = try read("\u{feff}retention:\r\n  motion: 30d\r\n  budget: 1TiB\r\n")
    #expect(house.retention == RetentionSettings(motionSeconds: 2_592_000, budgetBytes: 1_099_511_627_776))
  }

  @Test func textThatIsNotUTF8IsRefusedWithItsPlace() {
    let error = #expect(throws: HouseFileProblems.self) {
      try HouseFileReader.parse(Array("people:\n- name: ".utf8) + [0xff, 0x41], file: "h.yaml") { _ in Secret("") }
    }
    #expect(error?.lines == ["h.yaml:2:9: the file is not UTF-8 text — save it as UTF-8"])
  }

  @Test func aFileOfMoreThanAMebibyteIsRefused() {
    let error = #expect(throws: HouseFileProblems.self) {
      try HouseFileReader.parse([UInt8](repeating: 0x20, count: (1 << 20) + 1), file: "h.yaml") { _ in Secret("") }
    }
    #expect(error?.lines == ["h.yaml:1:1: the file is 1048577 bytes long — a house file has at most 1 MiB"])
  }

  @Test func deepNestingIsAnErrorAndNotACrash() {
    let told = mistakes("cameras: " + String(repeating: "[", count: 100_000))
    #expect(told.count == 1)
    #expect(told.first?.hasPrefix("house.yaml:1:") == true)
  }

  @Test func theShippedExampleIsReadWithoutAMistake() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let bytes = try Array(Data(contentsOf: root.appending(path: "deploy/house.example.yaml")))
    var asked: [String] = []
    let house = try HouseFileReader.parse(bytes, file: "house.example.yaml") { name in
      asked.append(name)
      return Secret("a")
    }
    #expect(house.cameras.map(\.name) == ["Front door", "Garden"])
    #expect(house.people.map(\.name) == ["Anna", "Kim", "Sitter"])
    #expect(asked == ["secrets/front-door", "secrets/anna", "secrets/kim"])
    #expect(
      house.retention
        == RetentionSettings(
          continuousSeconds: 259_200, motionSeconds: 2_592_000, detectContinuousSeconds: 1_209_600,
          detectMotionSeconds: 7_776_000, minimumSeconds: 86_400, maximumSeconds: 15_552_000,
          budgetBytes: 500_000_000_000, reserveSeconds: 7200))
  }

  @Test func aHouseTravelsAsJSONAndBack() throws {
    var camera = HouseFile.Camera(
      name: "Porch", source: try CameraAddress(scheme: .rtsps, host: "fd00::20", port: 322, path: "/a?b=c"))
    camera.password = Secret("p")
    camera.user = "u"
    let house = HouseFile(cameras: [camera], people: [HouseFile.Person(name: "Kim", grants: [])])
    let back = try JSONDecoder().decode(HouseFile.self, from: JSONEncoder().encode(house))
    #expect(back == house)
  }
}
