#ifndef HEARTH_CCRYPT_SHIM_H
#define HEARTH_CCRYPT_SHIM_H

/* libxcrypt: the system's password hashing (crypt_gensalt_rn, crypt_rn), here for yescrypt. */
#include <crypt.h>

#endif
