#ifndef WEIR_CCURL_H
#define WEIR_CCURL_H
#include <curl/curl.h>
#endif
