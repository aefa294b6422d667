/// The bodies of the JSON API: each request and each answer, declared once, for the server, for the command line and for
/// the test that compares them with `web/openapi.json`.
///
/// How they are named:
/// - All are nested in `API`: `API.Event` is what an answer carries, `Event` is the event itself.
/// - What a request carries ends in `Request`; everything else is an answer, or a part of one.
/// - A list that is whole ends in `List`; one that has a further part, or may have been cut, ends in `Page`.
/// - The schema in `openapi.json` has the type's name without `API.`.
///
/// What holds for every field:
/// - A moment is a text in RFC 3339 in UTC: `2026-11-23T21:24:30Z`.
/// - An id is an opaque text.
/// - A number of bytes is a `UInt64`. Other units are in the field's name or in its comment.
/// - A field of an answer that can be missing is there and `null`: `@Nullable`. A plain optional is left out instead: a
///   field that a request needs not give, or that not everybody gets.
public enum API {}
