#define _GNU_SOURCE
#include "CBulkRead.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 128 << 10, PLENTY = 4 * ROOM };

// Where a byte of an RTSP connection stands (RFC 2326, 10.12): in a line of text, in the body that a message announced, in
// the head of an interleaved packet, or in the packet.
enum place { LINE, BODY, HEAD, PACKET };

// Follows the bytes that libavformat was given, to know whether a picture's last RTP packet was among them.
struct framing {
    enum place place;
    size_t left;            // bytes until this place ends
    size_t at;              // bytes of this line, head or packet so far
    size_t body;            // bytes that the message announced
    unsigned char head[3];  // channel and length
    int mark;               // the packet's marker bit
    char line[64];          // its beginning
    signed char whole[256]; // of each channel: 1 when its last packet bore the marker, 0 when not; -1 before the first
};

struct session {
    int socket;             // -1 until one is connected
    int ended;              // the camera closed the connection, or it broke
    struct framing framing;
    int linger;             // milliseconds
    int bell;               // ends it early; -1 without one
    int drained;            // the last read left nothing behind
    size_t from, to;        // what was read and not handed out yet
    uint64_t reads;
    unsigned char bytes[ROOM];
};

// Touched by its own thread alone.
static _Thread_local struct session *current;

static void begin(struct framing *framing) {
    memset(framing, 0, sizeof *framing);
    memset(framing->whole, -1, sizeof framing->whole);
}

static void end_line(struct framing *framing) {
    static const char length[] = "Content-Length:";
    framing->line[framing->at < sizeof framing->line ? framing->at : sizeof framing->line - 1] = 0;
    if (framing->at == 0) {
        // What is no head and no body can't be told from an empty line between two messages, and needn't.
        framing->left = framing->body;
        framing->body = 0;
        if (framing->left) framing->place = BODY;
    } else if (strncasecmp(framing->line, length, sizeof length - 1) == 0) {
        long body = strtol(framing->line + sizeof length - 1, NULL, 10);
        framing->body = body > 0 ? (size_t)body : 0;
    }
    framing->at = 0;
}

static void end_packet(struct framing *framing) {
    framing->whole[framing->head[0]] = (signed char)framing->mark;
    framing->place = LINE;
    framing->at = 0;
}

static void follow(struct framing *framing, const unsigned char *bytes, size_t count) {
    while (count) {
        size_t taken = 1;
        switch (framing->place) {
        case LINE:
            if (framing->at == 0 && *bytes == '$') {
                framing->place = HEAD;
            } else if (*bytes == '\n') {
                end_line(framing);
            } else if (*bytes != '\r') {
                if (framing->at < sizeof framing->line) framing->line[framing->at] = (char)*bytes;
                framing->at++;
            }
            break;
        case BODY:
            taken = count < framing->left ? count : framing->left;
            framing->left -= taken;
            if (framing->left == 0) framing->place = LINE;
            break;
        case HEAD:
            framing->head[framing->at++] = *bytes;
            if (framing->at < 3) break;
            framing->left = (size_t)framing->head[1] << 8 | framing->head[2];
            framing->mark = 0;
            framing->at = 0;
            framing->place = framing->left ? PACKET : LINE;
            break;
        case PACKET:
            // The second byte of RTP's head (RFC 3550, 5.1).
            if (framing->at == 1) framing->mark = *bytes >> 7;
            if (framing->at >= 2) taken = count < framing->left ? count : framing->left;
            framing->at += taken;
            framing->left -= taken;
            if (framing->left == 0) end_packet(framing);
            break;
        }
        bytes += taken;
        count -= taken;
    }
}

int hearth_bulk_begin(void) {
    if (current) return -1;
    struct session *session = malloc(sizeof *session);
    if (!session) return -1;
    // Not the bytes: pages that no camera fills need not be there.
    session->socket = -1;
    session->ended = 0;
    begin(&session->framing);
    session->linger = 0;
    session->bell = -1;
    session->drained = 1;
    session->from = session->to = 0;
    session->reads = 0;
    current = session;
    return 0;
}

void hearth_bulk_end(void) {
    free(current);
    current = NULL;
}

void hearth_bulk_linger(int milliseconds, int bell) {
    if (!current) return;
    current->linger = milliseconds;
    current->bell = bell;
}

uint64_t hearth_bulk_reads(void) { return current ? current->reads : 0; }

int hearth_bulk_ended(void) { return current && current->ended; }

int hearth_bulk_whole(int channel) {
    return current && channel >= 0 && channel < 256 ? current->framing.whole[channel] : -1;
}

static int is_tcp(int socket) {
    int kind = 0;
    socklen_t size = sizeof kind;
    return getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_STREAM;
}

static ssize_t receive(int socket, void *to, size_t room, int flags) {
    return syscall(SYS_recvfrom, socket, to, room, flags, NULL, NULL);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    struct session *session = current;
    if (session && (session->socket == -1 || session->socket == socket) && is_tcp(socket)) {
        session->socket = socket;
        session->ended = 0;
        session->drained = 1;
        begin(&session->framing);
        session->from = session->to = 0;
    }
    return (int)syscall(SYS_connect, socket, address, length);
}

ssize_t recv(int socket, void *to, size_t wanted, int flags) {
    struct session *session = current;
    if (!session || session->socket != socket || flags) return receive(socket, to, wanted, flags);
    if (session->from == session->to) {
        session->reads++;
        ssize_t got = receive(socket, session->bytes, ROOM, 0);
        if (got <= 0) {
            if (got == 0 || (errno != EAGAIN && errno != EINTR)) session->ended = 1;
            return got;
        }
        session->from = 0;
        session->to = (size_t)got;
        session->drained = got < ROOM;
    }
    size_t ready = session->to - session->from;
    size_t count = wanted < ready ? wanted : ready;
    memcpy(to, session->bytes + session->from, count);
    follow(&session->framing, to, count);
    session->from += count;
    return (ssize_t)count;
}

static int wait_for(struct pollfd *entries, nfds_t count, int milliseconds) {
    struct timespec limit = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    return (int)syscall(SYS_ppoll, entries, count, milliseconds < 0 ? NULL : &limit, NULL, 0);
}

static void wants(int socket, int bytes) { setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes); }

// Waits for more to come. What the camera sends meanwhile must find room in the socket: the kernel makes room for as many
// bytes as are waited for, and wakes whoever waits when it is short of it, which small packets make it sooner.
static void linger(struct session *session) {
    struct pollfd entries[2] = {{session->socket, POLLIN, 0}, {session->bell, POLLIN, 0}};
    wants(session->socket, PLENTY);
    wait_for(entries, 2, session->linger);
    wants(session->socket, 1);
    uint64_t rings;
    if (entries[1].revents & POLLIN) (void)!read(session->bell, &rings, sizeof rings);
}

int poll(struct pollfd *entries, nfds_t count, int milliseconds) {
    struct session *session = current;
    if (!session || count != 1 || entries->fd != session->socket || !(entries->events & POLLIN))
        return wait_for(entries, count, milliseconds);
    if (session->from < session->to) {
        entries->revents = POLLIN;
        return 1;
    }
    int ready = wait_for(entries, count, milliseconds);
    // What was left behind has waited already: lingering over it again and again would let it grow.
    if (ready > 0 && session->linger > 0 && session->drained) linger(session);
    return ready;
}
