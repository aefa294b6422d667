import Domain
import HomeAPI
import Settings

/// Which type each schema of the document describes.
enum Bodies {
  static let all: [String: any (Codable & Sendable).Type] = [
    "Address": CodedAddress.self, "Alarm": API.Alarm.self, "AlarmList": API.AlarmList.self,
    "AppliedRetention": API.AppliedRetention.self, "ApplyRetentionRequest": API.ApplyRetentionRequest.self,
    "Backup": API.Backup.self, "Camera": API.Camera.self, "CameraList": API.CameraList.self,
    "CameraMediaRequest": API.CameraMediaRequest.self, "CameraSettings": CameraSettings.self,
    "CameraState": CameraState.self, "CameraStream": API.Camera.Stream.self, "CheckReport": API.CheckReport.self,
    "Coverage": API.Coverage.self, "CoverageClass": CoverageClass.self, "CoverageSpan": API.Coverage.Span.self,
    "DeletedQuarantine": API.DeletedQuarantine.self, "Deletion": API.Deletion.self,
    "DeletionPage": API.DeletionPage.self, "DetectionSettings": DetectionSettings.self, "Device": API.Device.self,
    "DeviceOffer": API.Device.Offer.self, "DeviceVerdict": DeviceVerdict.self, "Event": API.Event.self,
    "EventPage": API.EventPage.self, "FeedMessage": API.FeedMessage.self, "Filmstrip": API.Filmstrip.self,
    "Grant": API.Grant.self, "GrantRequest": API.GrantRequest.self, "Health": API.Health.self,
    "HouseChanges": API.HouseChanges.self, "HouseFile": HouseFile.self, "HouseFileCamera": HouseFile.Camera.self,
    "HouseFileGrant": HouseFile.Grant.self, "HouseFilePerson": HouseFile.Person.self,
    "HouseRequest": API.HouseRequest<HouseFile>.self, "IssuedToken": API.IssuedToken.self, "Link": API.Link.self,
    "LinkRequest": API.LinkRequest.self, "LiveMessage": API.LiveMessage.self, "Media": API.Media.self,
    "MediaPlace": MediaPlace.self, "MediaRequest": API.MediaRequest.self, "Network": API.Network.self,
    "NetworkRequest": API.NetworkRequest.self, "NewCameraRequest": API.NewCameraRequest.self,
    "NewPersonRequest": API.NewPersonRequest.self, "NewTokenRequest": API.NewTokenRequest.self,
    "OpenSession": API.OpenSession.self, "PasswordRequest": API.PasswordRequest.self, "Person": API.Person.self,
    "PersonList": API.PersonList.self, "PictureShape": PictureShape.self, "Problem": API.Problem.self,
    "ProtectedSpans": API.ProtectedSpans.self, "Quarantine": API.Quarantine.self, "Rebuild": API.Rebuild.self,
    "RecordMode": RecordMode.self, "RelativeBox": RelativeBox.self, "RelativePoint": RelativePoint.self,
    "Removal": API.Removal.self, "Replay": API.Replay.self, "ReplayRequest": API.ReplayRequest.self,
    "RetentionExplanation": API.RetentionExplanation.self,
    "RetentionExplanationSegment": API.RetentionExplanation.Segment.self, "RetentionPlan": API.RetentionPlan.self,
    "RetentionPlanRequest": API.RetentionPlanRequest<HouseFile>.self, "RetentionPolicy": API.RetentionPolicy.self,
    "RetentionSettings": RetentionSettings.self, "Right": Right.self, "Session": API.Session.self,
    "SessionList": API.SessionList.self, "SetUpRequest": API.SetUpRequest.self,
    "SignInRequest": API.SignInRequest.self, "Storage": API.Storage.self, "StreamRole": StreamRole.self,
    "Suppressed": API.Suppressed.self, "SuppressedPage": API.SuppressedPage.self, "Token": API.Token.self,
    "TokenCamera": API.Token.Camera.self, "TokenList": API.TokenList.self, "Transport": Transport.self,
    "TrustedClock": API.TrustedClock.self, "TrustedDevice": API.TrustedDevice.self, "VideoCodec": VideoCodec.self,
    "View": API.View.self, "ViewAction": ViewAction.self, "ViewPage": API.ViewPage.self, "Volume": API.Volume.self,
    "Zone": Zone.self,
  ]

  /// Merge patches: every member of what they change may be left out, or be `null`.
  static let patches: [String: any (Codable & Sendable).Type] = [
    "CameraChangeRequest": API.CameraChangeRequest.self, "DetectionSettingsChange": DetectionSettings.self,
  ]
}
