#ifndef HEARTH_CGNUTLS_SHIM_H
#define HEARTH_CGNUTLS_SHIM_H

/* GnuTLS, which libav's own TLS uses too: here for looking at a camera's certificate. */
#include <gnutls/gnutls.h>

#endif
