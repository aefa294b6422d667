extension CivilDate {
  /// The stretch of time that is this day where clocks are set by `offset`: seconds ahead of UTC at a moment.
  ///
  /// A day begins at the first second whose date is this one or a later one, and ends where the next one begins. So
  /// days follow each other without gap or overlap, whatever a zone does: a day may have 23, 24.5 or 25 hours, and may
  /// begin at one o'clock.
  ///
  /// - Returns: `nil` for a day that a zone left out, as Samoa did with 2011-12-30.
  public func span(offset: (WallTime) -> Int64) -> TimeSpan? {
    TimeSpan(from: begins(offset), to: CivilDate(daysSinceEpoch: daysSinceEpoch + 1).begins(offset))
  }

  /// The date that clocks show which are set by `offset`.
  public init(showing time: WallTime, offset: (WallTime) -> Int64) {
    self.init(daysSinceEpoch: (time.seconds + offset(time)).floorDivided(by: 86_400))
  }

  private func begins(_ offset: (WallTime) -> Int64) -> WallTime {
    // No zone is, or was, further from UTC than this.
    var early = start.seconds - 30 * 3600
    var late = start.seconds + 30 * 3600
    while late - early > 1 {
      let middle = early + (late - early) / 2
      let date = CivilDate(showing: WallTime(seconds: middle), offset: offset)
      if date < self { early = middle } else { late = middle }
    }
    return WallTime(seconds: late)
  }
}
