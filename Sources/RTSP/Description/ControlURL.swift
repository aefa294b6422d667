/// Where requests about a track or the whole session go (RFC 2326 section C.1.1).
///
/// Cameras write controls relative, absolute, as `*` or not at all, with queries in the base, in the control or in both, and
/// bases that name another host, none, or no scheme. Only the path of what they write is used: a request always goes to the
/// address that the session is connected to. Relative controls are appended to the base with one `/`, query and all, as
/// every client does that cameras are tested with; RFC 3986 would replace the base's last part.
public enum ControlURL {
  /// The base of a description: `Content-Base`, else `Content-Location`, else what was asked for.
  public static func base(request: RequestURL, headers: RTSPHeaders) -> RequestURL {
    for name in ["Content-Base", "Content-Location"] {
      guard let value = headers[name], !value.isEmpty, value != "*" else { continue }
      let written = WrittenURL(value, isAddress: true)
      if written.host == nil, !written.path.hasPrefix("/") { continue }
      if let base = request.with(path: written.path.isEmpty ? "/" : written.path) { return base }
    }
    return request
  }

  /// Where a control attribute leads.
  ///
  /// - Returns: `base` for `*`, none, and what can't stand in a request.
  public static func resolve(_ control: String?, base: RequestURL) -> RequestURL {
    guard let control, !control.isEmpty, control != "*" else { return base }
    let written = WrittenURL(control)
    if written.scheme != nil { return base.with(path: written.path.isEmpty ? "/" : written.path) ?? base }
    let basePath = base.path
    // Already a path below the base's: "/main/track1" of "/main".
    if control.hasPrefix("/"), control.hasPrefix(slashed(basePath.prefix { $0 != "?" })), basePath.utf8.count > 1 {
      return base.with(path: control) ?? base
    }
    if control.hasPrefix("?") { return base.with(path: basePath.prefix { $0 != "?" } + control) ?? base }
    let appended = slashed(basePath) + (control.hasPrefix("/") ? String(control.dropFirst()) : control)
    return base.with(path: appended) ?? base
  }

  /// The places to try for a track in order, for cameras whose base leads nowhere: by the description's base; by the
  /// request; with the control before the base's query; at the root. Without repeats.
  public static func candidates(_ control: String?, base: RequestURL, request: RequestURL) -> [RequestURL] {
    var found = [resolve(control, base: base), resolve(control, base: request)]
    if let control, WrittenURL(control).scheme == nil, control != "*", !control.isEmpty {
      for place in [base, request] where place.path.contains("?") {
        let path = place.path.prefix { $0 != "?" }
        let query = place.path.dropFirst(path.count).drop { $0 == "/" }
        let trimmed = query.hasSuffix("/") ? query.dropLast() : query
        if let url = place.with(path: slashed(path) + control + trimmed) { found.append(url) }
      }
      if control.hasPrefix("/"), let url = base.with(path: control) { found.append(url) }
    }
    var seen: Set<RequestURL> = []
    return found.filter { seen.insert($0).inserted }
  }

  private static func slashed(_ path: some StringProtocol) -> String {
    path.hasSuffix("/") ? String(path) : path + "/"
  }
}
