// SPDX-License-Identifier: Apache-2.0
#include "base/re2_shim.h"

#include <re2/re2.h>

#include <cstring>

struct re2_pattern {
    explicit re2_pattern(const re2::StringPiece &text, const RE2::Options &options)
        : re(text, options)
    {
    }
    RE2 re;
};

extern "C" struct re2_pattern *re2_compile(const char *pattern, size_t len, char *error,
                                           size_t size)
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(4 << 20);
    auto *p = new re2_pattern(re2::StringPiece(pattern, len), options);
    if (p->re.ok())
        return p;
    if (size) {
        strncpy(error, p->re.error().c_str(), size - 1);
        error[size - 1] = '\0';
    }
    delete p;
    return nullptr;
}

extern "C" void re2_free(struct re2_pattern *p)
{
    delete p;
}

extern "C" bool re2_matches(const struct re2_pattern *p, const char *s, size_t len)
{
    return p->re.Match(re2::StringPiece(s, len), 0, len, RE2::UNANCHORED, nullptr, 0);
}

extern "C" int re2_groups(const struct re2_pattern *p)
{
    return p->re.NumberOfCapturingGroups();
}

extern "C" size_t re2_program_size(const struct re2_pattern *p)
{
    int n = p->re.ProgramSize();
    return n > 0 ? static_cast<size_t>(n) : 1;
}

extern "C" bool re2_find(const struct re2_pattern *p, const char *s, size_t len, size_t from,
                         struct re2_span *spans, int n)
{
    re2::StringPiece found[16];
    if (n > 16)
        n = 16;
    if (!p->re.Match(re2::StringPiece(s, len), from, len, RE2::UNANCHORED, found, n))
        return false;
    for (int i = 0; i < n; i++)
        spans[i] = {found[i].data(), found[i].size()};
    return true;
}
