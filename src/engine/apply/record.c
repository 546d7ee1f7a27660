// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/record.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/vec.h"
#include "data/json.h"
#include "engine/apply/applyset.h"
#include "engine/build.h"
#include "engine/drift/given.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX (16u * 1024u * 1024u) /* bytes, unpacked */
#define POOL_MAX (4u * TEXT_MAX)
#define FORMAT_FAMILY "leeway.record/"

/* ---- writing ---- */

static void put_digest(struct val_builder *b, struct val_pool *p, const char *key,
                       const struct digest *d)
{
    static const struct digest none;
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(d, hex);
    if (!digest_equal(d, &none))
        build_put(b, key, val_of_str(p, hex));
}

static void put_object(struct val_builder *b, const struct store_object *o)
{
    build_str(b, "apiVersion", o->api_version);
    build_str(b, "kind", o->kind);
    build_str(b, "namespace", o->name_space);
    build_str(b, "name", o->name);
}

static void put_number(struct val_builder *b, const char *key, int64_t n)
{
    if (n)
        build_put(b, key, val_of_int(n));
}

static void put_leaves(struct val_builder *b, struct val_pool *p, const struct record_member *m)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (base64_encode(&text, m->leaves.data, m->leaves.len) == 0)
        build_put(b, "leaves", val_of_strn(p, buf_str(&text), text.len));
    buf_clear(&text);
}

/* Field sets and contracts are those of a few modules: each once, members name them by number. */
struct shared {
    struct strmap numbers;
    VEC(const char *) texts;
};

static int64_t number_of(struct shared *s, const char *text)
{
    uintptr_t n = (uintptr_t)strmap_get(&s->numbers, text);
    if (!n) {
        vec_push(&s->texts, text);
        n = s->texts.len;
        strmap_set(&s->numbers, text, (void *)n);
    }
    return (int64_t)n - 1;
}

static void put_texts(struct val_builder *b, const char *key, struct shared *s)
{
    build_list(b, key);
    for (size_t i = 0; i < s->texts.len; i++)
        val_builder_add(b, val_borrow_str(s->texts.items[i], strlen(s->texts.items[i])));
    val_builder_end(b);
    strmap_clear(&s->numbers);
    vec_clear(&s->texts);
}

static void put_members(struct val_builder *b, struct val_pool *p, const struct record *r,
                        unsigned left_out)
{
    struct shared fields = {0}, contracts = {0};
    build_list(b, "members");
    for (size_t i = 0; i < r->n_members; i++) {
        const struct record_member *m = &r->members[i];
        val_builder_map(b);
        put_object(b, &m->object);
        build_str(b, "uid", m->uid);
        put_digest(b, p, "body", &m->body);
        put_number(b, "release", m->release);
        if (m->contract && *m->contract)
            build_put(b, "contract", val_of_int(number_of(&contracts, m->contract)));
        if (m->fields.len && !(left_out & RECORD_NO_BASELINES)) {
            const char *text = arena_strndup(&p->arena, m->fields.data, m->fields.len);
            build_put(b, "fields", val_of_int(number_of(&fields, text)));
            put_leaves(b, p, m);
        }
        val_builder_end(b);
    }
    val_builder_end(b);
    put_texts(b, "fields", &fields);
    put_texts(b, "contracts", &contracts);
}

static void put_exceptions(struct val_builder *b, const struct record *r)
{
    build_list(b, "exceptions");
    for (size_t i = 0; i < r->n_exceptions; i++) {
        const struct store_exception *x = &r->exceptions[i];
        val_builder_map(b);
        build_str(b, "uuid", x->uuid);
        build_flag(b, "everywhere", !x->cluster || !*x->cluster);
        put_object(b, &x->object);
        build_str(b, "path", x->path);
        build_str(b, "manager", x->manager);
        build_str(b, "match", store_match_word(x->match));
        build_str(b, "matches", x->matches);
        build_str(b, "reason", x->reason);
        if (x->who.len)
            build_put(b, "who", val_borrow_str(x->who.data, x->who.len));
        put_number(b, "createdMs", x->created_wall_ms);
        put_number(b, "expiresMs", x->expires_wall_ms);
        val_builder_end(b);
    }
    val_builder_end(b);
}

static const struct {
    unsigned what;
    const char *word;
} parts[] = {{RECORD_NO_BASELINES, "baselines"},
             {RECORD_NO_MEMBERS, "members"},
             {RECORD_NO_EXCEPTIONS, "exceptions"},
             {RECORD_NO_DOCUMENT, "document"}};

static void put_environment(struct val_builder *b, const struct record *r, unsigned left_out)
{
    build_map(b, "environment");
    build_str(b, "name", r->environment);
    build_str(b, "uuid", r->uuid);
    build_str(b, "namespace", r->namespace_);
    build_str(b, "origin", r->origin);
    build_flag(b, "blueprint", r->blueprint);
    if (!(left_out & RECORD_NO_DOCUMENT))
        build_str(b, "about", r->about);
    put_number(b, "createdMs", r->created_ms);
    put_number(b, "expiresMs", r->expires_ms);
    val_builder_end(b);
    build_map(b, "cluster");
    build_str(b, "uid", r->cluster);
    build_str(b, "name", r->cluster_name);
    val_builder_end(b);
}

static const struct val *record_value(const struct record *r, struct val_pool *p, unsigned left_out)
{
    struct val_builder *b = val_builder_new(p, 8);
    val_builder_map(b);
    build_str(b, "fleet", r->fleet);
    put_environment(b, r, left_out);
    build_str(b, "plan", r->plan);
    build_str(b, "kind", r->plan_kind);
    build_str(b, "subject", r->subject);
    build_str(b, "content", r->content);
    build_str(b, "rendered", r->rendered);
    build_put(b, "release", val_of_int(r->release));
    put_number(b, "atMs", r->at_ms);
    build_str(b, "by", r->by);
    build_put(b, "state", r->done ? val_borrow_str("done", 4) : val_borrow_str("begun", 5));
    if (!(left_out & RECORD_NO_MEMBERS))
        put_members(b, p, r, left_out);
    if (!(left_out & RECORD_NO_EXCEPTIONS))
        put_exceptions(b, r);
    build_map(b, "audit");
    build_put(b, "rows", val_of_int(r->audit_rows));
    put_digest(b, p, "head", &r->audit_head);
    val_builder_end(b);
    build_list(b, "leftOut");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (left_out & parts[i].what)
            val_builder_add(b, val_borrow_str(parts[i].word, strlen(parts[i].word)));
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

/* What names the key without giving it away. */
static bool key_mark(record_hmac_fn *hmac, void *ctx, struct digest *mark)
{
    static const char words[] = "leeway.record.key";
    return hmac && hmac(ctx, words, sizeof(words) - 1, mark);
}

static const struct val *sealed(struct val_pool *p, const struct val *record, record_hmac_fn *hmac,
                                void *ctx, struct err *e)
{
    struct buf text;
    struct digest mark, mac;
    buf_init(&text, TEXT_MAX);
    const struct val *out = NULL;
    if (!record || json_write(&text, record, JSON_CANONICAL)) {
        err_set(e, ERR_LIMIT, "the record is too large");
    } else {
        struct digest sum = digest_sha256(buf_str(&text), text.len);
        struct val_builder *b = val_builder_new(p, 8);
        val_builder_map(b);
        build_put(b, "format", val_borrow_str(RECORD_FORMAT, strlen(RECORD_FORMAT)));
        build_put(b, "record", *record);
        build_map(b, "seal");
        put_digest(b, p, "sha256", &sum);
        if (key_mark(hmac, ctx, &mark) && hmac(ctx, buf_str(&text), text.len, &mac)) {
            put_digest(b, p, "key", &mark);
            put_digest(b, p, "hmac", &mac);
        }
        val_builder_end(b);
        val_builder_end(b);
        out = val_builder_finish(b);
        val_builder_free(b);
    }
    buf_clear(&text);
    return out;
}

static int write_with(const struct record *r, unsigned left_out, record_hmac_fn *hmac, void *ctx,
                      struct buf *out, struct err *e)
{
    struct val_pool p;
    struct buf text;
    val_pool_init_limited(&p, POOL_MAX);
    buf_init(&text, TEXT_MAX);
    const struct val *v = sealed(&p, record_value(r, &p, left_out), hmac, ctx, e);
    int rc = v ? json_write(&text, v, JSON_CANONICAL) : ERR_LIMIT;
    if (!rc)
        rc = applyset_pack(out, buf_str(&text), text.len);
    buf_clear(&text);
    val_pool_clear(&p);
    return rc;
}

int record_write(const struct record *r, record_hmac_fn *hmac, void *ctx, struct buf *out,
                 struct err *e)
{
    unsigned left_out = r->left_out;
    for (size_t i = 0;; i++) {
        struct err once = ERR_INIT;
        int rc = write_with(r, left_out, hmac, ctx, out, &once);
        err_clear(&once);
        if (!rc)
            return 0;
        buf_reset(out);
        if (i == sizeof(parts) / sizeof(parts[0]))
            return err_set(e, rc, "the release record of %s is too large", r->environment);
        left_out |= parts[i].what;
    }
}

/* ---- reading ---- */

static const char *word(const struct val *v, const char *key)
{
    return val_str(val_get(v, key), "");
}

static bool digest_at(const struct val *v, const char *key, struct digest *out)
{
    const char *hex = word(v, key);
    *out = (struct digest){{0}};
    return !*hex || !digest_parse_hex(hex, strlen(hex), out);
}

static struct store_object object_at(const struct val *v)
{
    return (struct store_object){word(v, "apiVersion"), word(v, "kind"), word(v, "namespace"),
                                 word(v, "name")};
}

/* The text that a number stands for; NULL: there is no such number. "" where there is none. */
static const char *text_at(const struct val *texts, const struct val *number)
{
    int64_t n = val_int(number, -1);
    const struct val *v = n < 0 ? NULL : val_item(texts, (size_t)n);
    return !number ? "" : val_is(v, VAL_STRING) ? v->as.s : NULL;
}

static bool read_member(struct val_pool *p, const struct val *record, const struct val *v,
                        struct record_member *m)
{
    const char *fields = text_at(val_get(record, "fields"), val_get(v, "fields"));
    const char *contract = text_at(val_get(record, "contracts"), val_get(v, "contract"));
    struct buf leaves;
    *m = (struct record_member){.object = object_at(v),
                                .uid = word(v, "uid"),
                                .contract = contract,
                                .release = val_int(val_get(v, "release"), 0)};
    buf_init(&leaves, TEXT_MAX);
    const struct val *packed = val_get(v, "leaves");
    bool good = fields && contract && *m->object.kind && *m->object.name &&
                digest_at(v, "body", &m->body) &&
                !base64_decode(&leaves, val_str(packed, ""), packed ? packed->len : 0);
    if (good && *fields) {
        m->fields = (struct store_bytes){fields, strlen(fields)};
        m->leaves = (struct store_bytes){arena_strndup(&p->arena, buf_str(&leaves), leaves.len),
                                         leaves.len};
    }
    buf_clear(&leaves);
    return good;
}

static bool read_members(struct val_pool *p, const struct val *v, struct record *out)
{
    const struct val *list = val_get(v, "members");
    struct record_member *m = arena_array(&p->arena, val_count(list) + 1, sizeof(*m));
    for (size_t i = 0; i < val_count(list); i++)
        if (!read_member(p, v, val_item(list, i), &m[i]))
            return false;
    out->members = m;
    out->n_members = val_count(list);
    return true;
}

static bool match_of(const char *text, enum store_match *out)
{
    static const enum store_match all[] = {STORE_MATCH_VALUE, STORE_MATCH_WITHIN,
                                           STORE_MATCH_HANDED_OVER};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(store_match_word(all[i]), text) == 0) {
            *out = all[i];
            return true;
        }
    return false;
}

static bool read_exceptions(struct val_pool *p, const struct val *v, struct record *out)
{
    const struct val *list = val_get(v, "exceptions");
    struct store_exception *x = arena_array(&p->arena, val_count(list) + 1, sizeof(*x));
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *from = val_item(list, i), *who = val_get(from, "who");
        x[i] = (struct store_exception){
            .uuid = word(from, "uuid"),
            .environment = out->uuid,
            .cluster = val_bool(val_get(from, "everywhere"), false) ? "" : out->cluster,
            .object = object_at(from),
            .path = word(from, "path"),
            .manager = word(from, "manager"),
            .matches = word(from, "matches"),
            .reason = word(from, "reason"),
            .who = {val_str(who, ""), who ? who->len : 0},
            .created_wall_ms = val_int(val_get(from, "createdMs"), 0),
            .expires_wall_ms = val_int(val_get(from, "expiresMs"), 0)};
        if (strlen(x[i].uuid) != UUID_LEN || !*x[i].object.kind || !*x[i].reason ||
            !match_of(word(from, "match"), &x[i].match))
            return false;
    }
    out->exceptions = x;
    out->n_exceptions = val_count(list);
    return true;
}

static unsigned read_left_out(const struct val *list)
{
    unsigned out = 0;
    for (size_t i = 0; i < val_count(list); i++)
        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
            if (val_str_is(val_item(list, i), parts[k].word))
                out |= parts[k].what;
    return out;
}

static int read_value(struct val_pool *p, const struct val *v, struct record *out, struct err *e)
{
    const struct val *env = val_get(v, "environment"), *cluster = val_get(v, "cluster");
    const struct val *audit = val_get(v, "audit");
    *out = (struct record){.fleet = word(v, "fleet"),
                           .environment = word(env, "name"),
                           .uuid = word(env, "uuid"),
                           .namespace_ = word(env, "namespace"),
                           .origin = word(env, "origin"),
                           .about = word(env, "about"),
                           .blueprint = val_bool(val_get(env, "blueprint"), false),
                           .created_ms = val_int(val_get(env, "createdMs"), 0),
                           .expires_ms = val_int(val_get(env, "expiresMs"), 0),
                           .cluster = word(cluster, "uid"),
                           .cluster_name = word(cluster, "name"),
                           .plan = word(v, "plan"),
                           .plan_kind = word(v, "kind"),
                           .subject = word(v, "subject"),
                           .content = word(v, "content"),
                           .rendered = word(v, "rendered"),
                           .release = val_int(val_get(v, "release"), 0),
                           .at_ms = val_int(val_get(v, "atMs"), 0),
                           .by = word(v, "by"),
                           .done = val_str_is(val_get(v, "state"), "done"),
                           .audit_rows = val_int(val_get(audit, "rows"), 0),
                           .left_out = read_left_out(val_get(v, "leftOut"))};
    bool good = strlen(out->uuid) == UUID_LEN && strlen(out->fleet) == UUID_LEN &&
                *out->environment && *out->namespace_ && *out->cluster && out->release > 0 &&
                digest_at(audit, "head", &out->audit_head) && read_members(p, v, out) &&
                read_exceptions(p, v, out);
    return good ? 0 : err_set(e, ERR_INVALID, "the release record is not what leeway writes");
}

static int check_seal(const struct val *whole, record_hmac_fn *hmac, void *ctx,
                      enum record_proof *proof, struct err *e)
{
    const struct val *seal = val_get(whole, "seal");
    struct digest sum, mac, mark, ours = {{0}};
    struct buf text;
    buf_init(&text, TEXT_MAX);
    int rc = json_write(&text, val_get(whole, "record"), JSON_CANONICAL);
    struct digest is = digest_sha256(buf_str(&text), text.len);
    bool fits = !rc && digest_at(seal, "sha256", &sum) && digest_at(seal, "hmac", &mac) &&
                digest_at(seal, "key", &mark) && digest_equal(&sum, &is);
    bool same_key = fits && key_mark(hmac, ctx, &ours) && digest_equal(&ours, &mark);
    if (same_key)
        fits = hmac(ctx, buf_str(&text), text.len, &ours) && digest_equal(&ours, &mac);
    *proof = same_key ? RECORD_PROVEN : RECORD_OTHER_KEY;
    buf_clear(&text);
    if (fits)
        return 0;
    err_set(e, ERR_CORRUPT, "the release record's digest does not fit: somebody else wrote it");
    err_hint(e, "a release of the environment writes it anew");
    return e->code;
}

static int check_format(const struct val *whole, struct err *e)
{
    const char *format = val_str(val_get(whole, "format"), "");
    if (strcmp(format, RECORD_FORMAT) == 0)
        return 0;
    if (strncmp(format, FORMAT_FAMILY, strlen(FORMAT_FAMILY)) == 0) {
        err_set(e, ERR_UNSUPPORTED, "the release record is a newer leeway's (%.40s)", format);
        err_hint(e, "use that one");
    } else if (val_get(whole, "members") && val_get(whole, "release")) {
        err_set(e, ERR_UNSUPPORTED,
                "the release record is an older leeway's: it does not say "
                "enough");
        err_hint(e, "plan and apply the environment again under its name");
    } else {
        err_set(e, ERR_INVALID, "the release record is not what leeway writes");
    }
    return e->code;
}

int record_read(struct val_pool *p, const void *bytes, size_t len, record_hmac_fn *hmac, void *ctx,
                struct record *out, enum record_proof *proof, struct err *e)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    int rc = applyset_unpack(&text, bytes, len, e);
    const struct val *v = rc ? NULL : json_read(p, buf_str(&text), text.len, NULL, e);
    buf_clear(&text);
    if (!v)
        return rc ? rc : e->code;
    rc = check_format(v, e);
    if (!rc)
        rc = check_seal(v, hmac, ctx, proof, e);
    return rc ? rc : read_value(p, val_get(v, "record"), out, e);
}
