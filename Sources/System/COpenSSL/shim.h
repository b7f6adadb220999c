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

// Public keys of their numbers. Here, since the names of the parameters must outlive the calls that take them.

static inline EVP_PKEY *weir_public_key(const char *kind, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}
static inline EVP_PKEY *weir_rsa_public_key(const BIGNUM *modulus, const BIGNUM *exponent) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = weir_public_key("RSA", builder);
    OSSL_PARAM_BLD_free(builder);
    return key;
}
// `point`: 65 bytes, uncompressed. OpenSSL refuses one that is not on the curve.
static inline EVP_PKEY *weir_p256_public_key(const unsigned char *point) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 65) == 1)
        key = weir_public_key("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

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
