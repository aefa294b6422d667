// Large reads under libavformat's RTSP client.
//
// libavformat reads an RTSP session over TCP in pieces of 1, 3 and some 1,400 bytes, and asks poll(2) before each: 2,500
// system calls a second for a camera of 4 Mbit/s, which is most of what recording costs. It has no option for that, and
// its RTSP client takes no I/O of ours. So this program answers connect(2), recv(2) and poll(2) for it: on a thread that
// called `hearth_bulk_begin`, the first TCP socket that is connected is read 128 KiB at a time, and recv hands out what
// lies ready. All other sockets and threads go straight to the kernel.
//
// Bytes of one session can't reach another: the buffer belongs to one thread and one session, a new connection on the same
// descriptor empties it, and the session's end frees it.
#pragma once
#include <stdint.h>

/// From now on the first TCP socket that this thread connects is read in bulk. 0, or -1 without memory or while the thread
/// has a session already: then every read goes to the kernel as before.
int hearth_bulk_begin(void);
/// Ends it, and forgets what was read and not handed out.
void hearth_bulk_end(void);
/// How long to wait, once there is something to read, for more to come with it: fewer wake-ups for later pictures. 0 hands
/// out what is there at once. It ends sooner when there is plenty, and when `bell`, an eventfd(2) or -1, is rung; that is
/// then silent again.
void hearth_bulk_linger(int milliseconds, int bell);
/// How often this thread's session asked the kernel for bytes.
uint64_t hearth_bulk_reads(void);
/// Whether the camera has closed this thread's connection, or it broke.
int hearth_bulk_ended(void);
/// Whether the last RTP packet of an interleaved channel that was handed out whole bore the marker, which ends a picture
/// (RFC 6184, 5.1): 1 or 0; -1 as long as there was none, so also where the bytes are encrypted.
int hearth_bulk_whole(int channel);
