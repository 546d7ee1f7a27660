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
#include "cli/catalog_trust.h"
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

/* The subject's full name; owned. NULL and *e. */
static char *items_of(struct catalog_trust *a, const char *text, struct trust_items *out,
                      struct err *e)
{
    if (strcmp(text, TRUST_POLICY) == 0) {
        trust_policy_items(out);
        return mem_strdup(text);
    }
    const struct catalog_blueprint *b = catalog_named_blueprint(a->j->catalog, text, e);
    if (!b || trust_items_of(a->j->catalog, b, out, e))
        return NULL;
    return approval_subject(b->name, b->version.text);
}

static int write_pins(struct catalog_trust *a, const struct approval *r, struct err *e)
{
    struct buf path;
    struct store *s = NULL;
    int rc = catalog_trust_store(a, &path, e);
    if (!rc) {
        struct store_options o = {.path = buf_str(&path), .program = "leeway catalog"};
        s = store_open(&o, e);
        rc = s ? 0 : e->code;
    }
    for (size_t i = 0; i < r->n_pins && !rc; i++) {
        struct store_pin p = {.kind = approval_kind_name(r->pins[i].item.kind),
                              .name = r->pins[i].item.name,
                              .version = r->pins[i].item.version,
                              .digest = r->pins[i].tree.digest};
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
    struct catalog_trust a;
    struct err e = ERR_INIT;
    struct trust_items items = {0};
    const char *given = cli_value(j->args, "key");
    char *sig = NULL, *key = given ? mem_strdup(given) : usual_key(), *subject = NULL;
    (void)n;
    (void)how;
    int status = catalog_trust_open(&a, j);
    if (status)
        goto out;
    if (!key) {
        err_set(&e, ERR_NOT_FOUND, "there is no SSH key in ~/.ssh");
        err_hint(&e, "name one with --key; the .pub file of a key that ssh-agent holds will do");
        status = catalog_job_failed(j, &e);
    } else if (!(subject = items_of(&a, words[0], &items, &e)) ||
               approval_sign(j->catalog->folder, subject, items.items, items.len, key, &sig, &e)) {
        status = catalog_job_failed(j, &e);
    } else {
        printf("%s is approved, %zu part%s; commit\n  ", subject, items.len,
               items.len == 1 ? "" : "s");
        char *lock = approval_lock_path(j->catalog->folder, subject);
        catalog_job_print(stdout, lock);
        fputs("\n  ", stdout);
        catalog_job_print(stdout, sig);
        fputc('\n', stdout);
        mem_free(lock);
    }
out:
    trust_items_clear(&items);
    mem_free(key);
    mem_free(sig);
    mem_free(subject);
    catalog_trust_close(&a);
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

static int verify_one(struct catalog_trust *a, const char *subject, const struct trust_items *items,
                      bool accept, struct approval *r, struct err *e)
{
    const char *folder = a->j->catalog->folder;
    int rc = approval_judge(folder, subject, items->items, items->len, &a->rule, r, e);
    if (rc || !accept || (r->state != APPROVAL_NEW && r->state != APPROVAL_ALTERED))
        return rc;
    rc = write_pins(a, r, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < r->n_pins; i++) /* judged again, with what is now remembered */
        trust_pins_add(&a->pins, approval_kind_name(r->pins[i].item.kind), r->pins[i].item.name,
                       r->pins[i].item.version, &r->pins[i].tree.digest);
    approval_clear(r);
    return approval_judge(folder, subject, items->items, items->len, &a->rule, r, e);
}

struct verifying {
    struct catalog_trust a;
    struct val_builder *b; /* of JSON and YAML; NULL: texts */
    bool accept;
    int status;
};

static void verify(struct verifying *v, const char *text)
{
    struct approval r = {0};
    struct err e = ERR_INIT;
    struct trust_items items = {0};
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
    trust_items_clear(&items);
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
    verify(v, TRUST_POLICY);
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
    v.status = catalog_trust_open(&v.a, j);
    if (!v.status && v.accept && n != 1)
        v.status = cli_usage(j->args->verb, "--accept takes one NAME@VERSION at a time, or policy");
    if (!v.status && catalog_trust_read_pins(&v.a, &e))
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
    catalog_trust_close(&v.a);
    return v.status;
}
