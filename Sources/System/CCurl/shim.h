#ifndef WEIR_CCURL_H
#define WEIR_CCURL_H
#include <curl/curl.h>

/*
 * libcurl's option functions are variadic, which Swift cannot call. One typed inline function for each kind of
 * argument; the parentheses keep libcurl's type-checking macros out.
 */

typedef size_t (*weir_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode weir_easy_set_number(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode weir_easy_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode weir_easy_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode weir_easy_set_text(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode weir_easy_set_data_callback(CURL *easy, CURLoption option, weir_data_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode weir_easy_set_open_callback(CURL *easy, curl_opensocket_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode weir_easy_set_close_callback(CURL *easy, curl_closesocket_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}
static inline CURLcode weir_easy_get_number(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}
static inline CURLcode weir_easy_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}
static inline CURLcode weir_easy_get_socket(CURL *easy, curl_socket_t *value) {
    return (curl_easy_getinfo)(easy, CURLINFO_ACTIVESOCKET, value);
}
static inline CURLcode weir_easy_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode weir_multi_set_number(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode weir_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode weir_multi_set_socket_callback(CURLM *multi, curl_socket_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode weir_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, value);
}

/* As libcurl counts: 0x080000 is 8.0.0. */
static inline unsigned int weir_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }

/* The file of certificate authorities that libcurl was built with; NULL: none. */
static inline const char *weir_authorities_file(void) { return curl_version_info(CURLVERSION_NOW)->cainfo; }

/* What libcurl takes for an empty body; a null pointer would make it ask a read callback instead. */
static inline const char *weir_empty_text(void) { return ""; }
#endif
