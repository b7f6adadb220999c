#ifndef WEIR_COPENSSL_H
#define WEIR_COPENSSL_H
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What OpenSSL has as macros only.

static inline int weir_public_key_parts(void) { return EVP_PKEY_PUBLIC_KEY; }

static inline int weir_tls_set_versions(SSL_CTX *context, int least) {
    return SSL_CTX_set_min_proto_version(context, least) == 1 && SSL_CTX_set_max_proto_version(context, 0) == 1;
}
static inline void weir_tls_set_mode(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}
static inline int weir_tls_set_groups(SSL_CTX *context, const char *groups) {
    return (int)SSL_CTX_set1_groups_list(context, groups);
}
static inline void weir_tls_set_name_callback(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}
static inline int weir_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline const GENERAL_NAME *weir_general_name(const GENERAL_NAMES *names, int position) {
    return sk_GENERAL_NAME_value(names, position);
}
// The text of a DNS name, an e-mail address or a URI; null for other kinds.
static inline const ASN1_IA5STRING *weir_general_name_text(const GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DNS: case GEN_EMAIL: case GEN_URI: return name->d.ia5;
    default: return NULL;
    }
}
static inline int weir_general_name_is_dns(const GENERAL_NAME *name) { return name->type == GEN_DNS; }
#endif
