#include "weir_otlp.h"
