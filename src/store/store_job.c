// SPDX-License-Identifier: Apache-2.0
/*
 * Building a job: one write as a list of statements with copied parameters. A job that can't be
 * built (too large, bad word) carries its error to the store thread and is answered with it, so
 * that answers come in order.
 */
#include "store/store_int.h"

struct store_job *store_job_new(struct store_ack ack)
{
    struct store_job *j = mem_new(struct store_job);
    j->ack = ack;
    arena_init(&j->arena);
    return j;
}

void store_job_free(struct store_job *j)
{
    arena_clear(&j->arena);
    err_clear(&j->err);
    mem_free(j);
}

bool store_digest_is_none(const struct digest *d)
{
    static const struct digest none;
    return !d || memcmp(d, &none, sizeof(none)) == 0;
}

static struct store_param param_bytes(struct store_job *j, enum store_param_type type,
                                      const void *p, size_t len)
{
    if (len > STORE_MAX_BYTES) {
        err_set(&j->err, ERR_LIMIT, "a record of %zu bytes is over the store's %u", len,
                STORE_MAX_BYTES);
        len = 0;
    }
    j->bytes += len;
    return (struct store_param){
        .type = type, .len = len, .p = arena_strndup(&j->arena, p ? p : "", len)};
}

void store_job_step(struct store_job *j, enum store_sql sql, const char *types, ...)
{
    size_t n = strlen(types);
    struct store_job_step *step =
        arena_zalloc(&j->arena, sizeof(*step) + n * sizeof(step->params[0]));
    step->sql = sql;
    step->count = n;
    va_list ap;
    va_start(ap, types);
    for (size_t i = 0; i < n; i++) {
        struct store_param *p = &step->params[i];
        if (types[i] == 'i') {
            p->type = STORE_PARAM_INT;
            p->i = va_arg(ap, int64_t);
        } else if (types[i] == 't' || types[i] == 'o') {
            const char *s = va_arg(ap, const char *);
            if (types[i] == 't' || (s && *s))
                *p = param_bytes(j, STORE_PARAM_TEXT, s, s ? strlen(s) : 0);
        } else if (types[i] == 'b') {
            struct store_bytes b = va_arg(ap, struct store_bytes);
            if (b.len)
                *p = param_bytes(j, STORE_PARAM_BLOB, b.data, b.len);
        } else {
            const struct digest *d = va_arg(ap, const struct digest *);
            if (!store_digest_is_none(d))
                *p = param_bytes(j, STORE_PARAM_BLOB, d->b, sizeof(d->b));
        }
    }
    va_end(ap);
    if (j->last)
        j->last->next = step;
    else
        j->first = step;
    j->last = step;
    j->steps++;
    j->bytes += sizeof(*step) + n * sizeof(step->params[0]);
}

struct digest store_job_blob(struct store_job *j, struct store_bytes bytes, int64_t now_ms)
{
    struct digest d = {{0}};
    if (!bytes.len)
        return d;
    d = digest_sha256(bytes.data, bytes.len);
    store_job_step(j, SQL_KEEP_BLOB, "dbi", &d, bytes, now_ms);
    return d;
}

const char *store_group_of(const char *api_version, size_t *n)
{
    const char *slash = api_version ? strchr(api_version, '/') : NULL;
    *n = slash ? (size_t)(slash - api_version) : 0;
    return slash ? api_version : "";
}
