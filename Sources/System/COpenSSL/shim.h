#ifndef WEIR_COPENSSL_H
#define WEIR_COPENSSL_H
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#endif
