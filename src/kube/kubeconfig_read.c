// SPDX-License-Identifier: Apache-2.0
#include "kube/kubeconfig_read.h"

#include "base/digest.h"
#include "base/mem.h"
#include "kube/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char whole_file[] = "kubectl refuses the whole file for this";
static const char quote_it[] = "put it in quotes; kubectl refuses the whole file for this";

void entry_problem(const struct entry_reader *r, const struct val *v, bool blocks, const char *hint,
                   int code, const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, code, fmt, ap);
    va_end(ap);
    if (r->entry) {
        uint32_t line = v && v->line ? v->line : r->entry->line;
        uint32_t col = v && v->line ? v->col : r->entry->col;
        err_at(&e, r->entry->file->path, line, col);
    }
    if (hint)
        err_hint(&e, "%s", hint);
    kube_access_add_problem(r->a, &e, blocks);
}

static const struct val *typed(const struct entry_reader *r, const char *key, enum val_type type,
                               const char *needed)
{
    const struct val *v = val_get(r->map, key);
    if (!v || val_is(v, VAL_NULL))
        return NULL;
    if (val_is(v, type))
        return v;
    bool scalar = !val_is(v, VAL_MAP) && !val_is(v, VAL_LIST);
    entry_problem(r, v, true, scalar && type == VAL_STRING ? quote_it : whole_file, ERR_TYPE,
                  "%s of %s \"%s\" is %s, %s is needed", key, r->what, r->entry->name,
                  val_type_name(val_type(v)), needed);
    return NULL;
}

static bool without_nul(const struct entry_reader *r, const char *key, const struct val *v)
{
    if (!memchr(v->as.s, '\0', v->len))
        return true;
    entry_problem(r, v, true, NULL, ERR_INVALID, "%s of %s \"%s\" holds a NUL byte", key, r->what,
                  r->entry->name);
    return false;
}

char *entry_string(const struct entry_reader *r, const char *key)
{
    const struct val *v = typed(r, key, VAL_STRING, "a string");
    if (!v || !v->len || !without_nul(r, key, v))
        return NULL;
    return mem_strdup(v->as.s);
}

bool entry_bool(const struct entry_reader *r, const char *key)
{
    const struct val *v = typed(r, key, VAL_BOOL, "true or false");
    return v && v->as.b;
}

const struct val *entry_map(const struct entry_reader *r, const char *key)
{
    return typed(r, key, VAL_MAP, "a map");
}

void entry_string_list(const struct entry_reader *r, const char *key, struct kube_string_list *out)
{
    const struct val *list = typed(r, key, VAL_LIST, "a list");
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        if (!val_is(v, VAL_STRING))
            entry_problem(r, v, true, quote_it, ERR_TYPE,
                          "%s[%zu] of %s \"%s\" is %s, a string is needed", key, i, r->what,
                          r->entry->name, val_type_name(val_type(v)));
        else if (without_nul(r, key, v))
            kube_string_list_add(out, v->as.s);
    }
}

char *entry_path(const struct entry_reader *r, const char *key)
{
    char *path = entry_string(r, key);
    if (!path)
        return NULL;
    if (strncmp(path, "~/", 2) == 0)
        entry_problem(r, val_get(r->map, key), false,
                      "write the path out; kubectl takes it for a folder named ~ too", ERR_INVALID,
                      "%s of %s \"%s\" begins with ~, which stands for no home here", key, r->what,
                      r->entry->name);
    char *full = kube_file_resolve(r->entry->file->dir, path);
    mem_free(path);
    return full;
}

void entry_material(const struct entry_reader *r, const char *key, struct kube_material *out)
{
    char data_key[64];
    snprintf(data_key, sizeof(data_key), "%s-data", key);
    out->file = entry_path(r, key);
    char *text = entry_string(r, data_key);
    if (!text)
        return;
    const struct val *at = val_get(r->map, data_key);
    struct buf bytes;
    buf_init(&bytes, BUF_LARGE);
    if (base64_decode(&bytes, text, strlen(text))) {
        entry_problem(r, at, true, whole_file, ERR_SYNTAX, "%s of %s \"%s\" is no base64", data_key,
                      r->what, r->entry->name);
    } else if (bytes.len) {
        out->data = mem_strndup(bytes.data, bytes.len);
        out->len = bytes.len;
    }
    buf_wipe(&bytes);
    kube_secret_free(text);
    if (out->data && out->file)
        entry_problem(r, at, true, "remove one of the two; kubectl refuses this as well",
                      ERR_INVALID, "%s and %s are both specified for %s \"%s\": %s would override",
                      data_key, key, r->what, r->entry->name, data_key);
}
