import FFmpeg
import Testing

@Suite struct LogTests {
  @Test(arguments: [
    ("open rtsp://u:p@cam/1 failed", "open rtsp://<redacted>@cam/1 failed"),
    ("rtsp://u:p@ss/w@cam/1", "rtsp://<redacted>@cam/1"),
    ("'rtsp://u@cam' and rtsps://a:b@c:322/x", "'rtsp://<redacted>@cam' and rtsps://<redacted>@c:322/x"),
    ("rtsp://cam/path, mail a@b", "rtsp://cam/path, mail a@b"), ("plain text\n", "plain text"),
    ("two\nlines\u{1b}[31m", "two lines[31m"), ("", ""), ("://", "://"), ("x://@", "x://<redacted>@"),
  ])
  func userInfoIsScrubbed(text: String, expected: String) {
    #expect(FFmpegLog.scrubbed(text) == expected)
  }
}
