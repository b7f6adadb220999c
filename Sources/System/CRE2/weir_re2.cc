#include "weir_re2.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

struct weir_re2 {
    RE2::Options options;
    std::unique_ptr<RE2::Set> set;
    std::vector<std::unique_ptr<RE2>> patterns;
};

extern "C" weir_re2 *weir_re2_make(int64_t memory_max) {
    auto *made = new weir_re2;
    made->options.set_log_errors(false);
    made->options.set_max_mem(memory_max);
    made->options.set_never_capture(true);
    made->set = std::make_unique<RE2::Set>(made->options, RE2::UNANCHORED);
    return made;
}

extern "C" bool weir_re2_add(weir_re2 *set, const char *pattern, size_t bytes, char *error, size_t error_bytes) {
    const re2::StringPiece text(pattern, bytes);
    auto compiled = std::make_unique<RE2>(text, set->options);
    std::string why;
    if (!compiled->ok()) {
        why = compiled->error();
    } else if (set->set->Add(text, &why) >= 0) {
        set->patterns.push_back(std::move(compiled));
        return true;
    }
    const size_t length = std::min(why.size(), error_bytes - 1);
    std::memcpy(error, why.data(), length);
    error[length] = 0;
    return false;
}

extern "C" bool weir_re2_compile(weir_re2 *set) { return set->set->Compile(); }

extern "C" size_t weir_re2_matching(const weir_re2 *set, const uint8_t *text, size_t bytes, int32_t *indices) {
    const re2::StringPiece piece(reinterpret_cast<const char *>(text), bytes);
    RE2::Set::ErrorInfo info;
    std::vector<int> found;
    if (set->set->Match(piece, &found, &info)) {
        std::sort(found.begin(), found.end());
        std::copy(found.begin(), found.end(), indices);
        return found.size();
    }
    if (info.kind == RE2::Set::kNoError) return 0;
    for (size_t index = 0; index < set->patterns.size(); index++) indices[index] = static_cast<int32_t>(index);
    return set->patterns.size();
}

extern "C" bool weir_re2_find(
    const weir_re2 *set, int32_t index, const uint8_t *text, size_t bytes, size_t from, size_t to, size_t *start,
    size_t *end) {
    const re2::StringPiece piece(reinterpret_cast<const char *>(text), bytes);
    re2::StringPiece match;
    if (!set->patterns[static_cast<size_t>(index)]->Match(piece, from, to, RE2::UNANCHORED, &match, 1)) return false;
    *start = static_cast<size_t>(match.data() - piece.data());
    *end = *start + match.size();
    return true;
}

extern "C" void weir_re2_free(weir_re2 *set) { delete set; }
