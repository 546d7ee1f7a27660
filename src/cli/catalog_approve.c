// SPDX-License-Identifier: Apache-2.0
/*
 * leeway catalog approve and verify: locks and signatures over what is published, and what is
 * trusted when nobody signs: what was accepted first, remembered in the store.
 */
#include "base/text.h"
#include "base/vec.h"
#include "catalog/approval.h"
#include "catalog/document.h"
#include "catalog/files.h"
#include "cli/catalog_job.h"
#include "cli/output.h"
#include "data/json.h"
#include "data/yaml.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pins {
    VEC(struct pin {
        char *key; /* "module web 1.0.0" */
        struct digest digest;
    })
    all;
    bool read;
};

struct approving {
    struct catalog_job *j;
    char *folder;  /* of the catalog */
    char *signers; /* or NULL */
    unsigned required;
    char *fleet; /* its name */
    struct pins pins;
    struct approval_pins lookup;
};

/* ---- what the fleet's file says ---- */

static char *home_path(const char *dir, const char *path)
{
    const char *home = getenv("HOME");
    if (path[0] == '~' && path[1] == '/' && home)
        return mem_printf("%s/%s", home, path + 2);
    return path[0] == '/' ? mem_strdup(path) : mem_printf("%s/%s", dir, path);
}

static int read_fleet(struct approving *a)
{
    char *path = catalog_join(a->j->root, "leeway.yaml");
    int status = CLI_OK;
    if (access(path, F_OK) == 0) {
        struct catalog_problems problems = {0};
        struct document_file *f = document_file_read(a->j->kinds, path, "Fleet", 0, &problems);
        const struct document *d = f && f->len ? &f->items[0] : NULL;
        const struct val *approvals = d ? val_get(d->spec, "approvals") : NULL;
        const char *signers = val_str(val_get(approvals, "signers"), NULL);
        if (problems.len) {
            catalog_job_problems(&problems, stderr);
            status = CLI_FAILED;
        } else if (d) {
            a->fleet = mem_strdup(d->name);
            a->signers = signers ? home_path(a->j->root, signers) : NULL;
            a->required = (unsigned)val_int(val_get(approvals, "required"), 1);
        }
        document_file_free(f);
        catalog_problems_clear(&problems);
    }
    mem_free(path);
    return status;
}

static int read_options(struct approving *a)
{
    const char *signers = cli_value(a->j->args, "signers"), *n = cli_value(a->j->args, "required");
    if (signers) {
        mem_free(a->signers);
        a->signers = mem_strdup(signers);
    }
    if (n) {
        char *end;
        long number = strtol(n, &end, 10);
        if (*end || number < 1 || number > 16)
            return cli_usage(a->j->args->verb, "--required is a number from 1 to 16, not %s", n);
        a->required = (unsigned)number;
    }
    return CLI_OK;
}

static int approving_open(struct approving *a, struct catalog_job *j)
{
    *a = (struct approving){.j = j, .required = 1, .folder = mem_strdup(j->catalog->folder)};
    int status = read_fleet(a);
    if (!a->fleet)
        a->fleet = mem_strdup("default");
    return status ? status : read_options(a);
}

static void approving_close(struct approving *a)
{
    for (size_t i = 0; i < a->pins.all.len; i++)
        mem_free(a->pins.all.items[i].key);
    vec_clear(&a->pins.all);
    mem_free(a->folder);
    mem_free(a->signers);
    mem_free(a->fleet);
}

/* ---- what was seen before ---- */

static int store_path(const struct approving *a, struct buf *out, struct err *e)
{
    const char *given = cli_value(a->j->args, "store");
    buf_init(out, BUF_SMALL);
    return given ? buf_puts(out, given) : store_default_path(a->fleet, out, e);
}

static int add_pin(void *ctx, const struct store_pin *p)
{
    struct pins *pins = ctx;
    vec_push(&pins->all,
             (struct pin){mem_printf("%s %s %s", p->kind, p->name, p->version), p->digest});
    return 0;
}

/* No store, no pins. One that cannot be read is an error: nothing is trusted by mistake. */
static int read_pins(struct approving *a, struct err *e)
{
    struct buf path;
    struct store *s = NULL;
    struct store_view *v = NULL;
    int rc = store_path(a, &path, e);
    if (!rc && access(buf_str(&path), F_OK) == 0) {
        struct store_options o = {
            .path = buf_str(&path), .program = "leeway catalog", .spectator = true};
        s = store_open(&o, e);
        v = s ? store_view_open(s, e) : NULL;
        rc = v ? store_each_pin(v, add_pin, &a->pins, e) : e->code;
    }
    store_view_close(v);
    store_close(s);
    buf_clear(&path);
    return rc;
}

static const struct digest *seen(void *ctx, const struct approval_item *item)
{
    const struct pins *pins = ctx;
    const struct digest *found = NULL;
    char *key = mem_printf("%s %s %s", approval_kind_name(item->kind), item->name, item->version);
    for (size_t i = 0; i < pins->all.len && !found; i++)
        if (strcmp(pins->all.items[i].key, key) == 0)
            found = &pins->all.items[i].digest;
    mem_free(key);
    return found;
}

static int write_pins(struct approving *a, const struct approval *r, struct err *e)
{
    struct buf path;
    struct store *s = NULL;
    int rc = store_path(a, &path, e);
    if (!rc) {
        struct store_options o = {.path = buf_str(&path), .program = "leeway catalog"};
        s = store_open(&o, e);
        rc = s ? 0 : e->code;
    }
    for (size_t i = 0; i < r->n_pins && !rc; i++) {
        struct store_pin p = {.kind = approval_kind_name(r->pins[i].item.kind),
                              .name = r->pins[i].item.name,
                              .version = r->pins[i].item.version,
                              .digest = r->pins[i].digest};
        if (!r->pins[i].known)
            store_put_pin_accepted(s, &p, STORE_NO_ACK);
    }
    if (!rc) {
        const struct passwd *who = getpwuid(getuid());
        char *user = mem_printf("{\"user\":\"%s\"}", who ? who->pw_name : "?");
        store_put_audit(s, (struct store_bytes){user, strlen(user)}, "accept-catalog", r->subject,
                        STORE_NO_BYTES, STORE_NO_ACK);
        rc = store_sync(s, e);
        mem_free(user);
    }
    store_close(s);
    buf_clear(&path);
    return rc;
}

/* ---- what a subject is made of ---- */

typedef VEC(struct approval_item) item_list;

/* Approvals go by where things lie; what lies elsewhere is not covered by its name. */
static int check_place(struct approving *a, const struct approval_item *item, const char *have,
                       struct err *e)
{
    char *want = approval_item_path(a->folder, item);
    char *x = realpath(want, NULL), *y = realpath(have, NULL);
    int rc = 0;
    if (!x || !y || strcmp(x, y) != 0) {
        rc = err_set(e, ERR_INVALID, "%s %s@%s does not lie where approvals look for it",
                     approval_kind_name(item->kind), item->name, item->version);
        err_at(e, have, 0, 0);
        err_hint(e, "move it to %s", want);
    }
    free(x);
    free(y);
    mem_free(want);
    return rc;
}

static int add_item(struct approving *a, item_list *out, enum approval_kind kind, const char *name,
                    const char *version, const char *place, struct err *e)
{
    struct approval_item item = {kind, name, version};
    vec_push(out, item);
    return check_place(a, &item, place, e);
}

static int items_of_blueprint(struct approving *a, const struct catalog_blueprint *b,
                              item_list *out, struct err *e)
{
    const struct catalog_composition *c = catalog_composition_of(a->j->catalog, b);
    int rc = add_item(a, out, APPROVAL_BLUEPRINT, b->name, b->version.text, b->file->path, e);
    for (size_t i = 0; c && i < c->n_instances && !rc; i++) {
        const struct catalog_module *m = c->instances[i].module;
        if (m)
            rc = add_item(a, out, APPROVAL_MODULE, m->name, m->version.text, m->folder, e);
    }
    if (!rc && !c) {
        rc = err_set(e, ERR_INVALID, "blueprint %s@%s has problems", b->name, b->version.text);
        err_hint(e, "leeway catalog lint says them");
    }
    return rc;
}

static void items_of_policy(item_list *out)
{
    vec_push(out, (struct approval_item){APPROVAL_GUARDRAILS, "", ""});
    vec_push(out, (struct approval_item){APPROVAL_PROFILES, "", ""});
}

/* The subject's full name; owned. NULL and *e. */
static char *items_of(struct approving *a, const char *text, item_list *out, struct err *e)
{
    if (strcmp(text, "policy") == 0) {
        items_of_policy(out);
        return mem_strdup(text);
    }
    const struct catalog_blueprint *b = catalog_named_blueprint(a->j->catalog, text, e);
    if (!b || items_of_blueprint(a, b, out, e))
        return NULL;
    return approval_subject(b->name, b->version.text);
}

/* ---- approve ---- */

/* The first of the usual keys. */
static char *usual_key(void)
{
    static const char *const names[] = {"id_ed25519", "id_ed25519_sk", "id_ecdsa_sk", "id_ecdsa",
                                        "id_rsa"};
    const char *home = getenv("HOME");
    for (size_t i = 0; home && i < ARRAY_LEN(names); i++) {
        char *path = mem_printf("%s/.ssh/%s", home, names[i]);
        if (access(path, R_OK) == 0)
            return path;
        mem_free(path);
    }
    return NULL;
}

int catalog_command_approve(struct catalog_job *j, const char *const *words, size_t n,
                            enum cli_output how)
{
    struct approving a;
    struct err e = ERR_INIT;
    item_list items = {0};
    const char *given = cli_value(j->args, "key");
    char *sig = NULL, *key = given ? mem_strdup(given) : usual_key(), *subject = NULL;
    (void)n;
    (void)how;
    int status = approving_open(&a, j);
    if (status)
        goto out;
    if (!key) {
        err_set(&e, ERR_NOT_FOUND, "there is no SSH key in ~/.ssh");
        err_hint(&e, "name one with --key; the .pub file of a key that ssh-agent holds will do");
        status = catalog_job_failed(j, &e);
    } else if (!(subject = items_of(&a, words[0], &items, &e)) ||
               approval_sign(a.folder, subject, items.items, items.len, key, &sig, &e)) {
        status = catalog_job_failed(j, &e);
    } else {
        printf("%s is approved, %zu part%s; commit\n  ", subject, items.len,
               items.len == 1 ? "" : "s");
        char *lock = approval_lock_path(a.folder, subject);
        catalog_job_print(stdout, lock);
        fputs("\n  ", stdout);
        catalog_job_print(stdout, sig);
        fputc('\n', stdout);
        mem_free(lock);
    }
out:
    vec_clear(&items);
    mem_free(key);
    mem_free(sig);
    mem_free(subject);
    approving_close(&a);
    return status;
}

/* ---- verify ---- */

static void print_texts(const struct approval *r)
{
    printf("%s: %s", r->subject, approval_state_word(r->state));
    for (size_t i = 0; i < r->n_signers; i++) {
        fputs(i ? ", " : " by ", stdout);
        catalog_job_print(stdout, r->signers[i]);
    }
    fputc('\n', stdout);
    for (size_t i = 0; i < r->n_because; i++) {
        fputs("  ", stdout);
        catalog_job_print(stdout, r->because[i].text);
        fputc('\n', stdout);
        if (r->because[i].hint) {
            fputs("    ", stdout);
            catalog_job_print(stdout, r->because[i].hint);
            fputc('\n', stdout);
        }
    }
}

static void put_text(struct val_builder *b, struct val_pool *p, const char *key, const char *s)
{
    if (key)
        val_builder_key(b, key, strlen(key));
    val_builder_add(b, val_of_str(p, s));
}

static void put_result(struct val_builder *b, struct val_pool *p, const struct approval *r)
{
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&r->digest, hex);
    val_builder_map(b);
    put_text(b, p, "subject", r->subject);
    put_text(b, p, "state", approval_state_word(r->state));
    put_text(b, p, "lock", hex);
    val_builder_key(b, "signers", 7);
    val_builder_list(b);
    for (size_t i = 0; i < r->n_signers; i++)
        put_text(b, p, NULL, r->signers[i]);
    val_builder_end(b);
    val_builder_key(b, "because", 7);
    val_builder_list(b);
    for (size_t i = 0; i < r->n_because; i++)
        put_text(b, p, NULL, r->because[i].text);
    val_builder_end(b);
    val_builder_end(b);
}

static int verify_one(struct approving *a, const char *subject, const item_list *items, bool accept,
                      struct approval *r, struct err *e)
{
    struct approval_trust trust = {a->signers, a->required, &a->lookup};
    int rc = approval_judge(a->folder, subject, items->items, items->len, &trust, r, e);
    if (rc || !accept || (r->state != APPROVAL_NEW && r->state != APPROVAL_ALTERED))
        return rc;
    rc = write_pins(a, r, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < r->n_pins; i++) { /* judged again, with what is now remembered */
        char *key = mem_printf("%s %s %s", approval_kind_name(r->pins[i].item.kind),
                               r->pins[i].item.name, r->pins[i].item.version);
        for (size_t k = 0; k < a->pins.all.len; k++)
            if (strcmp(a->pins.all.items[k].key, key) == 0)
                a->pins.all.items[k].digest = r->pins[i].digest;
        vec_push(&a->pins.all, (struct pin){key, r->pins[i].digest});
    }
    approval_clear(r);
    return approval_judge(a->folder, subject, items->items, items->len, &trust, r, e);
}

struct verifying {
    struct approving a;
    struct val_builder *b; /* of JSON and YAML; NULL: texts */
    bool accept;
    int status;
};

static void verify(struct verifying *v, const char *text)
{
    struct approval r = {0};
    struct err e = ERR_INIT;
    item_list items = {0};
    char *subject = items_of(&v->a, text, &items, &e);
    if (!subject || verify_one(&v->a, subject, &items, v->accept, &r, &e)) {
        v->status = catalog_job_failed(v->a.j, &e);
    } else {
        if (v->b)
            put_result(v->b, &v->a.j->pool, &r);
        else
            print_texts(&r);
        if (!approval_usable(&r))
            v->status = CLI_FAILED;
    }
    approval_clear(&r);
    vec_clear(&items);
    mem_free(subject);
}

static void verify_all(struct verifying *v)
{
    const struct catalog *c = v->a.j->catalog;
    for (size_t i = 0; i < c->n_blueprints; i++) {
        char *subject = approval_subject(c->blueprints[i]->name, c->blueprints[i]->version.text);
        verify(v, subject);
        mem_free(subject);
    }
    verify(v, "policy");
}

static void print_built(struct verifying *v, enum cli_output how)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    val_builder_end(v->b);
    const struct val *list = val_builder_finish(v->b);
    if (how == CLI_OUT_YAML)
        yaml_write(&b, list);
    else
        json_write(&b, list, JSON_PRETTY);
    printf("%s%s", buf_str(&b), how == CLI_OUT_YAML ? "" : "\n");
    buf_clear(&b);
    val_builder_free(v->b);
}

int catalog_command_verify(struct catalog_job *j, const char *const *words, size_t n,
                           enum cli_output how)
{
    struct verifying v = {.accept = cli_flag(j->args, "accept")};
    struct err e = ERR_INIT;
    v.status = approving_open(&v.a, j);
    v.a.lookup = (struct approval_pins){seen, &v.a.pins};
    if (!v.status && v.accept && n != 1)
        v.status = cli_usage(j->args->verb, "--accept takes one NAME@VERSION at a time, or policy");
    if (!v.status && read_pins(&v.a, &e))
        v.status = catalog_job_failed(j, &e);
    if (!v.status) {
        if (how == CLI_OUT_JSON || how == CLI_OUT_YAML) {
            v.b = val_builder_new(&j->pool, 16);
            val_builder_list(v.b);
        }
        if (n)
            for (size_t i = 0; i < n; i++)
                verify(&v, words[i]);
        else
            verify_all(&v);
        if (v.b)
            print_built(&v, how);
    }
    approving_close(&v.a);
    return v.status;
}
