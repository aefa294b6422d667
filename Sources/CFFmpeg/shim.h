// What Swift can't import from libav's headers by itself: function-like macros, compound literals, and the few places
// where FFmpeg 5.1 and 7.1 differ. Nothing else belongs here.
#pragma once

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/time.h>
#include <stdarg.h>
#include <time.h>

static const int32_t hearth_av_eof = AVERROR_EOF;
static const int32_t hearth_av_exit = AVERROR_EXIT;
static const int32_t hearth_av_invalid_data = AVERROR_INVALIDDATA;
static const int32_t hearth_av_unauthorized = AVERROR_HTTP_UNAUTHORIZED;
static const int32_t hearth_av_forbidden = AVERROR_HTTP_FORBIDDEN;
static const int32_t hearth_av_not_found = AVERROR_HTTP_NOT_FOUND;
static const int32_t hearth_av_bad_request = AVERROR_HTTP_BAD_REQUEST;
static const int32_t hearth_av_other_4xx = AVERROR_HTTP_OTHER_4XX;
static const int32_t hearth_av_server_error = AVERROR_HTTP_SERVER_ERROR;
static const int32_t hearth_av_decoder_not_found = AVERROR_DECODER_NOT_FOUND;
static const int32_t hearth_av_encoder_not_found = AVERROR_ENCODER_NOT_FOUND;
static const int32_t hearth_av_demuxer_not_found = AVERROR_DEMUXER_NOT_FOUND;
static const int32_t hearth_av_again = AVERROR(EAGAIN);
static const int32_t hearth_av_no_memory = AVERROR(ENOMEM);
static const int32_t hearth_av_invalid = AVERROR(EINVAL);
static const int32_t hearth_av_refused = AVERROR(ECONNREFUSED);
static const int32_t hearth_av_timed_out = AVERROR(ETIMEDOUT);
static const int32_t hearth_av_reset = AVERROR(ECONNRESET);
static const int32_t hearth_av_pipe = AVERROR(EPIPE);
static const int32_t hearth_av_no_route = AVERROR(EHOSTUNREACH);
static const int32_t hearth_av_no_network = AVERROR(ENETUNREACH);
static const int32_t hearth_av_protocol = AVERROR(EPROTONOSUPPORT);
static const int64_t hearth_av_no_pts = AV_NOPTS_VALUE;

// AVFrame.key_frame until 6.0, a flag since 6.1, and the field is deprecated in 7.
static inline int hearth_av_frame_is_key(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_KEY
    return (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame->key_frame;
#endif
}

// libav logs several lines for each RTP packet. What nobody listens to ends here: to make a Swift value of the arguments
// would cost more than the rest of a packet.
typedef void (*hearth_av_receiver)(void *context, int level, const char *format, va_list arguments);

// Swift emits functions of a header, and what is static within them; not variables of a header.
static inline hearth_av_receiver *hearth_av_receiver_slot(void) {
    static hearth_av_receiver receiver = 0;
    return &receiver;
}

static inline int *hearth_av_listeners(void) {
    static int listeners = 0;
    return &listeners;
}

static void hearth_av_log(void *context, int level, const char *format, va_list arguments) {
    if ((level & 0xff) > AV_LOG_WARNING && !__atomic_load_n(hearth_av_listeners(), __ATOMIC_RELAXED)) return;
    (*hearth_av_receiver_slot())(context, level, format, arguments);
}

static inline void hearth_av_receive_log(hearth_av_receiver receiver) {
    *hearth_av_receiver_slot() = receiver;
    av_log_set_callback(hearth_av_log);
}

// While the sum is above zero, lines below a warning are handed on too.
static inline void hearth_av_listen(int more) { __atomic_fetch_add(hearth_av_listeners(), more, __ATOMIC_RELAXED); }

// Microseconds of CLOCK_MONOTONIC, as of the kernel's last tick (1 to 10 ms ago): for deadlines, which libav has looked at
// twice for each RTP packet.
static inline int64_t hearth_tick_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
