import Domain
import Yams

/// Goes through a house file's nodes and gathers the household and all mistakes on the way: one schema, read in one
/// place, so that every key has one meaning.
struct HouseWalk {
  var issues: [HouseFileIssue] = []
  private let password: (String) throws -> Secret

  init(password: @escaping (String) throws -> Secret) { self.password = password }

  mutating func house(_ node: Node) -> HouseFile? {
    guard let fields = mapping(node, "a house file", ["cameras", "people", "retention"]) else { return nil }
    var house = HouseFile()
    var cameraNames = Names("camera")
    if let node = fields["cameras"] {
      for element in list(node, "cameras") {
        guard let camera = camera(element, &cameraNames) else { continue }
        house.cameras.append(camera)
      }
    }
    checkFormerNames(house.cameras, cameraNames)
    var peopleNames = Names("person")
    if let node = fields["people"] {
      for element in list(node, "people") {
        guard let person = person(element, &peopleNames, cameras: cameraNames) else { continue }
        house.people.append(person)
      }
    }
    if let node = fields["retention"] { house.retention = retention(node, isHousehold: true) }
    return house
  }

  // MARK: - Cameras

  private static let cameraKeys =
    ["name", "was", "source", "detect", "user", "password_file"] + CameraOptions.all.map(\.houseKey)

  private mutating func camera(_ node: Node, _ names: inout Names) -> HouseFile.Camera? {
    guard let fields = mapping(node, "a camera", Self.cameraKeys) else { return nil }
    let name = fields.required("name", of: "a camera", at: node, &self).flatMap { label($0, "name", &names) }
    let source = fields.required("source", of: "a camera", at: node, &self).flatMap { address($0, "source") }
    let detect = fields["detect"].flatMap { address($0, "detect") }
    guard let name, let source else {
      // The other keys are looked at too: all mistakes at once.
      _ = rest(of: fields, HouseFile.Camera.placeholder)
      return nil
    }
    var camera = HouseFile.Camera(name: name, source: source.address, detect: detect?.address)
    camera.user = source.user
    camera.was = fields["was"].flatMap { text($0, "was") }
    if let detect, detect.user != nil, detect.user != source.user, let node = fields["detect"] {
      fail(node, "detect has another user than source", "a camera has one user; give it with the key user")
    }
    return rest(of: fields, camera)
  }

  private mutating func rest(of fields: Fields, _ start: HouseFile.Camera) -> HouseFile.Camera {
    var camera = start
    if let node = fields["user"] { camera.user = text(node, "user") }
    if let node = fields["password_file"], let file = text(node, "password_file") {
      do { camera.password = try password(file) } catch { fail(node, error) }
      if camera.user == nil { fail(node, "there is a password_file but no user", "add the key user") }
    }
    for option in CameraOptions.all { read(option, from: fields, into: &camera.options) }
    return camera
  }

  /// Reads one option of the table; what is missing or wrong keeps its default.
  private mutating func read(_ option: CameraOption, from fields: Fields, into options: inout CameraOptions) {
    let key = option.houseKey
    guard let node = fields[key] else { return }
    switch option.form {
    case .flag(let path): if let value = bool(node, key) { options[keyPath: path] = value }
    case .whole(let path, let range): if let value = whole(node, key, range) { options[keyPath: path] = value }
    case .seconds(let path, let range): if let value = seconds(node, key, range) { options[keyPath: path] = value }
    case .choice(let choice): if let word = word(node, key, choice.words) { _ = choice.set(&options, word) }
    case .zones(let path): options[keyPath: path] = zones(node, key)
    case .shape(let path): options[keyPath: path] = shape(node, key)
    case .retention(let path): options[keyPath: path] = retention(node, isHousehold: false)
    case .block(let inner):
      guard let fields = mapping(node, key, inner.map(\.houseKey)) else { return }
      for option in inner { read(option, from: fields, into: &options) }
    }
  }

  private mutating func address(
    _ node: Node, _ key: String
  ) -> (address: CameraAddress, user: String?)? {
    guard let text = text(node, key) else { return nil }
    do {
      let parsed = try CameraAddress.parse(text)
      guard parsed.password == nil else {
        fail(
          node, "\(key) holds a password", "put it in a file of its own and name that file with the key password_file")
        return nil
      }
      try CameraHost.check(parsed.address.host)
      return (parsed.address, parsed.user)
    } catch {
      fail(node, error)
      return nil
    }
  }

  private mutating func checkFormerNames(_ cameras: [HouseFile.Camera], _ names: Names) {
    var seen: Set<String> = []
    for camera in cameras {
      guard let was = camera.was else { continue }
      let place = names.places[camera.name]
      if names.places[was] != nil {
        fail(place, "\"\(camera.name)\" was \"\(was)\", but that camera is in the file too", "take out one of the two")
      } else if !seen.insert(was).inserted {
        fail(place, "two cameras were \"\(was)\"", "a camera's former name can stand only once")
      }
    }
  }

  // MARK: - Motion

  private mutating func zones(_ node: Node, _ key: String) -> [Zone] {
    var names = Names("zone")
    let elements = list(node, key)
    if elements.count > 32 { fail(node, "there are \(elements.count) zones", "use at most 32") }
    return elements.compactMap { zone($0, &names) }
  }

  private mutating func shape(_ node: Node, _ key: String) -> PictureShape? {
    guard let text = text(node, key) else { return nil }
    let shape = PictureShape(text: text)
    if shape == nil { fail(node, "\(key) is \"\(text.prefix(40))\"", "write the stream's size as 640x360") }
    return shape
  }

  private mutating func zone(_ node: Node, _ names: inout Names) -> Zone? {
    let keys = ["name", "polygon", "kind", "sensitivity", "minimum_size"]
    guard let fields = mapping(node, "a zone", keys) else { return nil }
    let name = fields.required("name", of: "a zone", at: node, &self).flatMap { label($0, "name", &names) }
    let corners = fields.required("polygon", of: "a zone", at: node, &self).flatMap { polygon($0) }
    var zone = Zone(name: name ?? "", polygon: corners ?? [])
    if let node = fields["kind"], let word = word(node, "kind", Zone.Kind.allCases.map(\.rawValue)) {
      zone.kind = Zone.Kind(rawValue: word) ?? zone.kind
    }
    if let node = fields["sensitivity"] { zone.sensitivity = whole(node, "sensitivity", 0...100) }
    if let node = fields["minimum_size"] {
      zone.minimumSize = share(node)
      if zone.minimumSize == nil {
        fail(
          node, "minimum_size is no share of the picture", "write a number from 0 to 1, such as 0.01 for a hundredth")
      }
    }
    if zone.kind != .include, let node = fields["sensitivity"] ?? fields["minimum_size"] {
      fail(node, "what moves in a zone that is \"\(zone.kind.rawValue)\" never counts", "take this key out")
    }
    return name == nil || corners == nil ? nil : zone
  }

  private mutating func polygon(_ node: Node) -> [RelativePoint]? {
    let corners = list(node, "polygon")
    guard case .sequence = node else { return nil }
    guard (3...256).contains(corners.count) else {
      fail(node, "the polygon has \(corners.count) corners", "give it 3 to 256, as in [[0, 0], [1, 0], [1, 1]]")
      return nil
    }
    var points: [RelativePoint] = []
    for corner in corners {
      let numbers: [Double?] = corner.sequence.map { $0.map { share($0) } } ?? []
      guard numbers.count == 2, let x = numbers[0], let y = numbers[1] else {
        fail(corner, "a corner is two numbers from 0 to 1", "write it as [0.25, 0.5]: across, then down")
        continue
      }
      points.append(RelativePoint(x: x, y: y))
    }
    return points.count == corners.count ? points : nil
  }

  private func share(_ node: Node) -> Double? {
    guard case .scalar(let scalar) = node, scalar.style == .plain, let value = Double(scalar.string),
      (0...1).contains(value)
    else { return nil }
    return value
  }

  // MARK: - People

  private mutating func person(_ node: Node, _ names: inout Names, cameras: Names) -> HouseFile.Person? {
    guard let fields = mapping(node, "a person", ["name", "owner", "password_file", "grants"]) else { return nil }
    let name = fields.required("name", of: "a person", at: node, &self).flatMap { label($0, "name", &names) }
    var person = HouseFile.Person(name: name ?? "")
    if let node = fields["owner"] { person.owner = bool(node, "owner") }
    if let node = fields["password_file"], let file = text(node, "password_file") {
      do { person.password = try password(file) } catch { fail(node, error) }
    }
    if let node = fields["grants"] {
      var grants: [HouseFile.Grant] = []
      for element in list(node, "grants") {
        guard let grant = grant(element, cameras: cameras) else { continue }
        if grants.contains(where: { $0.camera == grant.camera }) {
          fail(element, "there are two grants for \"\(grant.camera)\"", "put all rights for a camera into one grant")
        }
        grants.append(grant)
      }
      person.grants = grants
    }
    return name == nil ? nil : person
  }

  private mutating func grant(_ node: Node, cameras: Names) -> HouseFile.Grant? {
    guard let fields = mapping(node, "a grant", ["camera", "rights", "until", "hours"]) else { return nil }
    let camera = fields.required("camera", of: "a grant", at: node, &self)
    let rights = fields.required("rights", of: "a grant", at: node, &self)
    var words: [String] = []
    for element in rights.map({ list($0, "rights") }) ?? [] {
      guard let word = text(element, "a right") else { continue }
      if Rights(words: [word]) == nil {
        let known = Rights.all.words
        fail(element, "\"\(word)\" is not a right", Self.advice(word, known))
      } else if !words.contains(word) {
        words.append(word)
      }
    }
    guard let camera, let name = text(camera, "camera") else { return nil }
    if cameras.places[name] == nil {
      fail(
        camera, "no camera of this file is called \"\(name)\"",
        Suggestion.nearest(to: name, among: cameras.places.keys).map { "did you mean \"\($0)\"?" }
          ?? "add the camera, or take the grant out")
    }
    return HouseFile.Grant(
      camera: name, rights: Rights(words: words)?.words ?? [],
      until: moment(fields["until"], "until") { try HouseFile.Grant.time($0).rfc3339 },
      hours: moment(fields["hours"], "hours") { try HouseFile.Grant.hours($0).description })
  }

  private mutating func moment(_ node: Node?, _ key: String, _ read: (String) throws -> String) -> String? {
    guard let node, let text = text(node, key) else { return nil }
    do { return try read(text) } catch {
      fail(node, error)
      return nil
    }
  }

  // MARK: - Retention

  /// - Parameter isHousehold: whether the keys that only a whole household has may stand here.
  private mutating func retention(_ node: Node, isHousehold: Bool) -> RetentionSettings {
    var retention = RetentionSettings()
    let keys = ["continuous", "motion", "detect", "minimum", "maximum", "budget"] + (isHousehold ? ["reserve"] : [])
    guard let fields = mapping(node, "retention", keys) else { return retention }
    var places: [String: Node] = [:]
    for key in keys { places[key] = fields[key] }
    func age(_ walk: inout HouseWalk, _ key: String, in fields: Fields) -> Int64? {
      fields[key].flatMap { walk.quantity($0, key, HouseQuantity.age) }
    }
    retention.continuousSeconds = age(&self, "continuous", in: fields)
    retention.motionSeconds = age(&self, "motion", in: fields)
    retention.minimumSeconds = age(&self, "minimum", in: fields)
    retention.maximumSeconds = age(&self, "maximum", in: fields)
    retention.reserveSeconds = age(&self, "reserve", in: fields)
    if let node = fields["detect"], let detect = mapping(node, "detect", ["continuous", "motion"]) {
      retention.detectContinuousSeconds = age(&self, "continuous", in: detect)
      retention.detectMotionSeconds = age(&self, "motion", in: detect)
      (places["detect.continuous"], places["detect.motion"]) = (detect["continuous"], detect["motion"])
    }
    if let node = fields["budget"] {
      if node.scalar?.string.hasSuffix("%") == true {
        retention.budgetPercent = quantity(node, "budget", HouseQuantity.percent)
      } else {
        retention.budgetBytes = quantity(node, "budget", HouseQuantity.bytes)
      }
    }
    if let wrong = retention.contradiction { fail(places[wrong.key] ?? node, wrong.what, wrong.next) }
    return retention
  }

  private mutating func quantity(_ node: Node, _ key: String, _ read: (String) throws -> Int64) -> Int64? {
    guard let text = text(node, key) else { return nil }
    do { return try read(text) } catch {
      fail(node, error)
      return nil
    }
  }
}

extension HouseFile.Camera {
  /// Stands in for a camera whose name or source is wrong while its other keys are looked at.
  fileprivate static var placeholder: HouseFile.Camera {
    guard let address = try? CameraAddress(scheme: .rtsp, host: "localhost", port: 554, path: "/") else {
      preconditionFailure("the address is sound")
    }
    return HouseFile.Camera(name: "", source: address)
  }
}
