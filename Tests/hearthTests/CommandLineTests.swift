import Domain
import Testing

import hearth

@Suite struct CommandLineTests {
  /// Every command with the least it needs, and the options that scripts rely on.
  @Test(arguments: [
    "serve --data /d --listen 127.0.0.1:8780 --listen 192.168.1.5:80 --house f.yaml", "server", "demo --port 9000",
    "house check f.yaml --json", "house apply f.yaml --dry-run --prune --data /d", "house export --json",
    "camera list --json --archived", "camera probe rtsp://a.lan/1 --detect rtsp://a.lan/2 --user u --password-stdin",
    "camera add Garden rtsp://a.lan/1 --record motion --audio --transport udp --no-probe", "camera archive Garden",
    "person add Kim --data /d --password-stdin --owner --grant A:live --grant B:all", "person list --json",
    "person grant Kim Garden live,playback", "person revoke Kim Garden", "person password Kim --password-stdin",
    "person link Kim", "token create --data /d --person Kim --label lights", "event list --from 2h --limit 5",
    "export Garden --from 2h --to 1h -o a.mp4", "export --event E --output a.mp4", "retention plan --json",
    "retention plan --policy f.yaml --json --data /d", "retention apply --yes", "retention log --json --data /d",
    "retention show --json", "retention undo --data /d", "footage delete --camera A --from 2h --to 1h --yes",
    "house apply f.yaml --yes-delete 20GB",
    "retention explain E --json", "retention explain --camera A --from 2h --to 1h",
    "retention explain --file 2026-11-23/x.mp4 --data /d",
    "retention apply --yes-delete 1000000000 --data /d", "retention apply --yes-delete 20GB", "protect E --data /d",
    "protect --camera Garden --from 2h --to 1h", "unprotect E", "unprotect --camera Garden --from 2h --to 1h --json",
    "house apply f.yaml --yes --data /d", "check --json", "views --limit 3",
  ])
  func aCommandOfTheContractIsUnderstood(_ line: String) {
    #expect(CommandLineCheck.complaint(line.split(separator: " ").map(String.init)) == nil)
  }

  @Test(arguments: [
    ("camera lst", "Unexpected argument 'lst'"), ("camera add Garden", "Missing expected argument '<url>'"),
    ("export -o a.mp4", "Give a camera, or --event."), ("export Garden -o a.mp4", "Give --from."),
    ("camera add A rtsp://a/ --record sometimes", "The value 'sometimes' is invalid for '--record <mode>'"),
    ("protect", "Give an event, or --camera"), ("protect E --camera Garden", "Give an event, or --camera"),
    ("protect --camera Garden --from 2h", "A span needs"), ("retention apply --yes-delete some", "The value 'some'"),
    ("retention explain", "Give an event, or --file"),
    ("token create --person Kim", "Missing expected argument '--label <label>'"),
    ("serve --liste x", "Unknown option '--liste'. Did you mean '--listen'?"),
  ])
  func aWrongCommandLineIsNamed(_ line: String, _ what: String) {
    #expect(CommandLineCheck.complaint(line.split(separator: " ").map(String.init))?.hasPrefix(what) == true)
  }

  @Test func everyCommandsHelpGivesAnExample() {
    for (name, text) in CommandLineCheck.discussions() { #expect(text.contains("hearth "), "\(name)") }
    #expect(CommandLineCheck.discussions().count > 30, "subcommands are looked into")
  }
}
