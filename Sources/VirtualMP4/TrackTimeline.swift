import Domain
import MP4

/// The samples of one track of the clip, with their times counted from the clip's first decode time.
struct TrackTimeline {
  /// Samples that lie behind one another in one fragment.
  struct Chunk {
    let fragment: Int
    /// From the `moof`.
    let offset: UInt64
    var length: UInt64
    var samples: UInt32
  }

  private(set) var durations: [UInt32] = []
  private(set) var sizes: [UInt32] = []
  private(set) var compositionOffsets: [Int64] = []
  /// Numbers, from 1, of the samples where decoding can begin.
  private(set) var syncSamples: [UInt32] = []
  private(set) var chunks: [Chunk] = []
  /// Decode time of the first and of the last sample.
  private(set) var first: Int64 = 0
  private(set) var last: Int64 = 0
  /// When the frame that is shown last ends, in decode time plus composition offset.
  private(set) var presentationEnd: Int64 = 0

  var isEmpty: Bool { sizes.isEmpty }
  /// Where the next sample begins, unless it comes late.
  var end: Int64 { last + Int64(durations.last ?? 0) }
  var duration: UInt64 { UInt64(clamping: end - first) }

  /// - Parameter time: not before the sample before it, whose duration becomes the distance.
  mutating func append(_ sample: ParsedSample, fragment: Int, at time: Int64) {
    if isEmpty {
      first = time
    } else {
      durations[durations.count - 1] = UInt32(clamping: time - last)
    }
    last = time
    durations.append(sample.duration)
    sizes.append(sample.size)
    compositionOffsets.append(Int64(sample.compositionOffset))
    presentationEnd = max(presentationEnd, time + Int64(sample.compositionOffset) + Int64(sample.duration))
    if sample.isSync { syncSamples.append(UInt32(sizes.count)) }
    if let chunk = chunks.last, chunk.fragment == fragment, chunk.offset + chunk.length == UInt64(sample.offset) {
      chunks[chunks.count - 1].length += UInt64(sample.size)
      chunks[chunks.count - 1].samples += 1
    } else {
      chunks.append(
        Chunk(fragment: fragment, offset: UInt64(sample.offset), length: UInt64(sample.size), samples: 1))
    }
  }
}

/// Writes the boxes that tell a player where the samples are (ISO/IEC 14496-12 sections 8.6 and 8.7).
struct SampleTables {
  let timeline: TrackTimeline
  /// Where each chunk begins, counted from the first byte of `mdat`'s payload.
  let chunkOffsets: [UInt64]
  /// Added to every composition offset.
  let shift: Int64

  /// The boxes that don't depend on where the media begins.
  func bytes() -> [UInt8] {
    var writer = ByteWriter(reserving: 1024 + 4 * timeline.sizes.count)
    durations(&writer)
    compositionOffsets(&writer)
    if timeline.syncSamples.count < timeline.sizes.count {
      writer.fullBox("stss") {
        $0.u32(UInt32(timeline.syncSamples.count))
        $0.u32(each: timeline.syncSamples)
      }
    }
    samplesToChunks(&writer)
    writer.fullBox("stsz") {
      $0.u32(0)
      $0.u32(UInt32(timeline.sizes.count))
      $0.u32(each: timeline.sizes)
    }
    return writer.bytes
  }

  /// `stco`, or `co64` for a file beyond 4 GiB.
  func offsets(mediaStart: UInt64, wide: Bool) -> [UInt8] {
    var writer = ByteWriter(reserving: 16 + (wide ? 8 : 4) * chunkOffsets.count)
    writer.fullBox(wide ? "co64" : "stco") {
      $0.u32(UInt32(chunkOffsets.count))
      if wide {
        for offset in chunkOffsets { $0.u64(mediaStart + offset) }
      } else {
        $0.u32(each: chunkOffsets.map { UInt32(truncatingIfNeeded: mediaStart + $0) })
      }
    }
    return writer.bytes
  }

  private func durations(_ writer: inout ByteWriter) {
    Self.runs(&writer, "stts", version: 0, timeline.durations) { $0 }
  }

  /// Left out when decode and presentation order are the same.
  private func compositionOffsets(_ writer: inout ByteWriter) {
    let offsets = timeline.compositionOffsets
    guard offsets.contains(where: { $0 + shift != 0 }) else { return }
    let isSigned = offsets.contains { $0 + shift < 0 }
    Self.runs(&writer, "ctts", version: isSigned ? 1 : 0, offsets) {
      UInt32(bitPattern: Int32(clamping: $0 + shift))
    }
  }

  private static func runs<Value: Equatable>(
    _ writer: inout ByteWriter, _ type: FourCC, version: UInt8, _ values: [Value], _ code: (Value) -> UInt32
  ) {
    writer.fullBox(type, version: version) { box in
      let position = box.count
      box.u32(0)
      var entries: UInt32 = 0
      var index = 0
      while index < values.count {
        let value = values[index]
        let begin = index
        while index < values.count, values[index] == value { index += 1 }
        box.u32(UInt32(index - begin))
        box.u32(code(value))
        entries += 1
      }
      box.patch(u32: entries, at: position)
    }
  }

  private func samplesToChunks(_ writer: inout ByteWriter) {
    writer.fullBox("stsc") { box in
      let position = box.count
      box.u32(0)
      var entries: UInt32 = 0
      var previous: UInt32?
      for (index, chunk) in timeline.chunks.enumerated() where chunk.samples != previous {
        box.u32(UInt32(index + 1))
        box.u32(chunk.samples)
        box.u32(1)
        entries += 1
        previous = chunk.samples
      }
      box.patch(u32: entries, at: position)
    }
  }
}
