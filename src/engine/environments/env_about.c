// SPDX-License-Identifier: Apache-2.0
/*
 * What a document and its blueprint say of the environment as a whole: whose it is, how long it
 * lives, how much accepted drift it may carry. Judged before a plan is made of it.
 */
#include "engine/environments/env_source_int.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/environments/environment.h"

/* A time in a blueprint or a document, whose form its schema has checked; 0: there is none. */
static int64_t span_at(const struct val *v)
{
    int64_t ms = 0;
    const char *s = val_str(v, NULL);
    return s && !clock_parse_span(s, &ms) ? ms : 0;
}

/* The document as it is kept with the environment once it is released. */
static char *document_text(const struct val *document)
{
    struct buf text;
    buf_init(&text, ENVIRONMENT_DOCUMENT_MAX);
    bool whole = !json_write(&text, document, JSON_CANONICAL);
    char *out = mem_strdup(whole ? buf_str(&text) : "");
    buf_clear(&text);
    return out;
}

bool env_about(struct env_source *s)
{
    const struct catalog_blueprint *b = s->composition->blueprint;
    const struct val *limits = val_get(b->spec, "leeway"), *ttl = val_get(s->doc->spec, "ttl");
    struct err e = ERR_INIT;
    char *document = document_text(s->doc->value);
    char *blueprint = mem_printf("%s@%s", b->name, b->version.text);
    struct environment_about a = {
        .blueprint = blueprint,
        .document = document,
        .team = (char *)(uintptr_t)val_str(val_get(s->doc->spec, "team"), ""),
        .owner = (char *)(uintptr_t)val_str(val_get(s->doc->spec, "owner"), ""),
        .max_exceptions = (int32_t)val_int(val_get(limits, "exceptions"), -1),
        .max_expiry_ms = span_at(val_get(limits, "maxExpiry"))};
    if (blueprint_lifetime(b, ttl, &a.ttl_ms, &a.ttl_max_ms, &e))
        catalog_problem(&s->problems, &s->file->file, ttl ? ttl : s->doc->spec, e.code, ".spec.ttl",
                        "%s", e.text);
    mem_free(s->about);
    s->about = environment_about_write(&a);
    mem_free(blueprint);
    mem_free(document);
    err_clear(&e);
    return !s->problems.len;
}
