// SPDX-License-Identifier: Apache-2.0
/* Approvals over a folder and keys made for the test; ssh-keygen signs and judges for real. */
#include "unit.h"

#include "base/mem.h"
#include "base/run.h"
#include "catalog/approval.h"
#include "catalog/signature.h"
#include "catalog/tree.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char dir[64];
    char *catalog;
    struct approval_trust trust;
    struct approval result;
    struct buf text;
};

static char *in(struct fixture *f, const char *name)
{
    static char path[4][512];
    static int turn;
    char *p = path[turn = (turn + 1) % 4];
    snprintf(p, sizeof(path[0]), "%s/%s", f->dir, name);
    return p;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    char *path = mem_strdup(in(f, name));
    for (char *p = path + strlen(f->dir) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    chmod(path, 0644);
    mem_free(path);
}

static void make_key(struct fixture *f, const char *name)
{
    const char *argv[] = {"ssh-keygen", "-q", "-t", "ed25519",   "-N", "",
                          "-C",         name, "-f", in(f, name), NULL};
    struct buf out;
    struct err e = ERR_INIT;
    int status = -1;
    buf_init(&out, BUF_SMALL);
    struct run_options o = {.argv = argv, .timeout_ms = 20000, .out = &out};
    if (run_wait(&o, &status, &e) || status)
        fail_msg("ssh-keygen: %s", e.text ? e.text : "failed");
    buf_clear(&out);
}

/* A line of an allowed_signers file. */
static void trust(struct fixture *f, const char *who, const char *options, const char *key)
{
    char pub[512], name[64];
    snprintf(name, sizeof(name), "%s.pub", key);
    FILE *in_file = fopen(in(f, name), "r"), *out = fopen(in(f, "signers"), "a");
    assert_non_null(in_file);
    assert_non_null(fgets(pub, sizeof(pub), in_file));
    fprintf(out, "%s %s %s", who, options, pub);
    fclose(in_file);
    fclose(out);
}

static const struct approval_item web_app[] = {
    {APPROVAL_BLUEPRINT, "web-app", "1.4.0"},
    {APPROVAL_MODULE, "web", "2.3.0"},
    {APPROVAL_MODULE, "db", "1.0.0"},
    {APPROVAL_MODULE, "web", "2.3.0"},
};

static int setup(void **state)
{
    struct fixture *f = mem_new(struct fixture);
    snprintf(f->dir, sizeof(f->dir), "/tmp/leeway-approval.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->catalog = mem_printf("%s/catalog", f->dir);
    buf_init(&f->text, BUF_SMALL);
    put(f, "catalog/blueprints/web-app/1.4.0.yaml", "kind: Blueprint\n");
    put(f, "catalog/modules/web/2.3.0/module.yaml", "kind: Module\n");
    put(f, "catalog/modules/web/2.3.0/files/app.conf", "x\n");
    put(f, "catalog/modules/db/1.0.0/module.yaml", "kind: Module\n");
    put(f, "catalog/guardrails/a.yaml", "kind: Guardrail\n");
    make_key(f, "alice");
    make_key(f, "bob");
    trust(f, "alice@example.org", "", "alice");
    f->trust = (struct approval_trust){.signers = mem_strdup(in(f, "signers")), .required = 1};
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    approval_clear(&f->result);
    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free((char *)f->trust.signers);
    mem_free(f->catalog);
    buf_clear(&f->text);
    mem_free(f);
    return 0;
}

static void approve(struct fixture *f, const char *key)
{
    struct err e = ERR_INIT;
    char *sig = NULL;
    if (approval_sign(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app), in(f, key), &sig,
                      &e))
        fail_msg("%s", e.text);
    assert_int_equal(access(sig, R_OK), 0);
    mem_free(sig);
}

/* State, signers and reasons; the folder's name and fingerprints are left out. */
static const char *judge(struct fixture *f)
{
    struct err e = ERR_INIT;
    approval_clear(&f->result);
    buf_reset(&f->text);
    if (approval_judge(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app), &f->trust,
                       &f->result, &e))
        fail_msg("%s", e.text);
    buf_puts(&f->text, approval_state_word(f->result.state));
    for (size_t i = 0; i < f->result.n_signers; i++)
        buf_printf(&f->text, " %s", f->result.signers[i]);
    for (size_t i = 0; i < f->result.n_because; i++) {
        size_t n = strlen(f->dir);
        buf_putc(&f->text, '\n');
        for (const char *p = f->result.because[i].text; *p; p++) {
            if (strncmp(p, f->dir, n) == 0)
                p += n;
            else
                buf_putc(&f->text, *p);
            if (f->text.len > 6 && strcmp(f->text.data + f->text.len - 6, "SHA256") == 0)
                p += 1 + 43;
        }
    }
    return buf_str(&f->text);
}

static void test_approved(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(judge(f), "not approved\nnobody approved it: "
                                  "catalog/approvals/web-app@1.4.0.lock is not there");
    assert_string_equal(f->result.because[0].hint, "leeway catalog approve web-app@1.4.0");
    approve(f, "alice");
    assert_string_equal(judge(f), "approved alice@example.org");
    assert_true(approval_usable(&f->result));
    approve(f, "alice"); /* again: the same signature, counted once */
    assert_string_equal(judge(f), "approved alice@example.org");
    /* a new version of a module leaves it as it is */
    put(f, "catalog/modules/web/2.4.0/module.yaml", "kind: Module\n");
    assert_string_equal(judge(f), "approved alice@example.org");
    struct err e = ERR_INIT;
    struct approval_lock *l = approval_lock_read(f->catalog, "web-app@1.4.0", &e);
    assert_non_null(l);
    assert_int_equal(l->len, 3);
    assert_true(approval_lock_has(l, "web", "2.3.0"));
    assert_false(approval_lock_has(l, "web", "2.4.0"));
    assert_false(approval_lock_has(l, "cache", "2.3.0"));
    assert_true(approval_saw(&f->result, &web_app[1], "module.yaml", "kind: Module\n", 13));
    assert_false(approval_saw(&f->result, &web_app[1], "module.yaml", "kind: Modul\n", 12));
    assert_false(approval_saw(&f->result, &web_app[1], "other.yaml", "kind: Module\n", 13));
    approval_lock_free(l);
}

static void test_two_people(void **state)
{
    struct fixture *f = *state;
    f->trust.required = 2;
    approve(f, "alice");
    assert_string_equal(judge(f),
                        "not approved alice@example.org\n1 of 2 trusted signers signed it");
    approve(f, "bob");
    assert_string_equal(
        judge(f), "not approved alice@example.org\ncatalog/approvals/web-app@1.4.0.SHA256.sig does "
                  "not count: "
                  "key SHA256 is nobody's in signers\n1 of 2 trusted signers signed it");
    trust(f, "alice@example.org", "", "bob"); /* her second key is no second person */
    assert_string_equal(judge(f),
                        "not approved alice@example.org\n1 of 2 trusted signers signed it");
    unlink(f->trust.signers);
    trust(f, "alice@example.org", "", "alice");
    trust(f, "bob@example.org", "namespaces=\"leeway-approval@v1,git\"", "bob");
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_APPROVED);
    assert_int_equal(f->result.n_signers, 2);
}

static void test_not_trusted(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *options, *why;
    } cases[] = {
        {"valid-before=\"20200101\"",
         "the signer with key SHA256 is trusted until 2020-01-01T00:00:00 only"},
        {"valid-after=\"29990101\"",
         "the signer with key SHA256 is trusted from 2999-01-01T00:00:00 only"},
        {"namespaces=\"git\"",
         "alice@example.org is not trusted for approvals (namespaces in signers)"},
    };
    approve(f, "alice");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char want[512];
        unlink(f->trust.signers);
        trust(f, "alice@example.org", cases[i].options, "alice");
        snprintf(want, sizeof(want),
                 "not approved\ncatalog/approvals/web-app@1.4.0.SHA256.sig does not count: %s\n"
                 "0 of 1 trusted signer signed it",
                 cases[i].why);
        assert_string_equal(judge(f), want);
    }
}

static void test_altered(void **state)
{
    struct fixture *f = *state;
    approve(f, "alice");
    put(f, "catalog/modules/web/2.3.0/files/app.conf", "y\n");
    assert_string_equal(judge(f),
                        "altered alice@example.org\ncatalog/modules/web/2.3.0/files/app.conf "
                        "was changed after it was approved");
    assert_false(approval_usable(&f->result));
    put(f, "catalog/modules/web/2.3.0/files/app.conf", "x\n");
    chmod(in(f, "catalog/modules/web/2.3.0/files/app.conf"), 0600);
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_APPROVED); /* a umask is no change */
    chmod(in(f, "catalog/modules/web/2.3.0/files/app.conf"), 0755);
    assert_string_equal(judge(f),
                        "altered alice@example.org\ncatalog/modules/web/2.3.0/files/app.conf "
                        "was given another mode after it was approved");
    unlink(in(f, "catalog/modules/web/2.3.0/files/app.conf"));
    put(f, "catalog/modules/web/2.3.0/.hidden", "");
    put(f, "catalog/blueprints/web-app/1.4.0.yaml", "kind: Blueprint \n");
    assert_string_equal(judge(f),
                        "altered alice@example.org\n"
                        "catalog/blueprints/web-app/1.4.0.yaml was changed after it was "
                        "approved\n"
                        "catalog/modules/web/2.3.0/.hidden was added after it was approved\n"
                        "catalog/modules/web/2.3.0/files/app.conf was removed after it was "
                        "approved");
    /* approved as it is now: the old signature goes with the old lock */
    approve(f, "bob");
    assert_int_equal(access(in(f, "catalog/approvals/web-app@1.4.0.lock"), R_OK), 0);
    assert_string_equal(judge(f),
                        "not approved\ncatalog/approvals/web-app@1.4.0.SHA256.sig does not "
                        "count: key SHA256 is nobody's in signers\n"
                        "0 of 1 trusted signer signed it");
}

static void test_lock_edited(void **state)
{
    struct fixture *f = *state;
    approve(f, "alice");
    FILE *lock = fopen(in(f, "catalog/approvals/web-app@1.4.0.lock"), "a");
    fputs(" \n", lock);
    fclose(lock);
    assert_string_equal(
        judge(f), "not approved\ncatalog/approvals/web-app@1.4.0.SHA256.sig does not count: the "
                  "lock is not what was signed: it was edited afterwards\n"
                  "0 of 1 trusted signer signed it");
    put(f, "catalog/approvals/web-app@1.4.0.lock", "{}");
    assert_string_equal(judge(f), "altered\ncatalog/approvals/web-app@1.4.0.lock is no lock of "
                                  "web-app@1.4.0");
    put(f, "catalog/approvals/web-app@1.4.0.lock", "{");
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_ALTERED);
    approve(f, "alice");
    put(f, "catalog/approvals/web-app@1.4.0.x.sig", "rubbish");
    assert_string_equal(judge(f), "approved alice@example.org\n"
                                  "catalog/approvals/web-app@1.4.0.x.sig does not count: it is no "
                                  "SSH signature");
}

/* A lock that was signed for one version does not serve another. */
static void test_lock_of_another(void **state)
{
    struct fixture *f = *state;
    approve(f, "alice");
    rename(in(f, "catalog/approvals/web-app@1.4.0.lock"),
           in(f, "catalog/approvals/web-app@1.5.0.lock"));
    struct err e = ERR_INIT;
    assert_null(approval_lock_read(f->catalog, "web-app@1.5.0", &e));
    assert_string_equal(e.text, "is no lock of web-app@1.5.0");
    err_clear(&e);
    assert_null(approval_lock_read(f->catalog, "web-app@1.4.0", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    err_clear(&e);
}

static void test_symbolic_links(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    char *sig;
    assert_int_equal(symlink("/etc/passwd", in(f, "catalog/modules/web/2.3.0/users")), 0);
    assert_int_equal(approval_sign(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app),
                                   in(f, "alice"), &sig, &e),
                     ERR_INVALID);
    assert_string_equal(e.text, "is a symbolic link, which nothing approved may hold");
    assert_string_equal(e.source, in(f, "catalog/modules/web/2.3.0/users"));
    err_clear(&e);
    unlink(in(f, "catalog/modules/web/2.3.0/users"));
    approve(f, "alice");
    assert_int_equal(symlink("module.yaml", in(f, "catalog/modules/web/2.3.0/users")), 0);
    assert_string_equal(judge(f), "altered alice@example.org\ncatalog/modules/web/2.3.0/users is a "
                                  "symbolic link, which nothing approved may hold");
    /* nor may the folder be one, or a pipe lie in it */
    rename(in(f, "catalog/modules/web/2.3.0"), in(f, "catalog/modules/web/real"));
    assert_int_equal(symlink("real", in(f, "catalog/modules/web/2.3.0")), 0);
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_ALTERED);
    assert_int_equal(mkfifo(in(f, "catalog/modules/db/1.0.0/pipe"), 0600), 0);
    struct file_tree t;
    assert_int_equal(file_tree_read(in(f, "catalog/modules/db/1.0.0"), &t, &e), ERR_INVALID);
    assert_string_equal(e.text, "is no file and no folder");
    file_tree_clear(&t);
    err_clear(&e);
}

static void test_signers_inside(void **state)
{
    struct fixture *f = *state;
    approve(f, "alice");
    rename(f->trust.signers, in(f, "catalog/signers"));
    mem_free((char *)f->trust.signers);
    f->trust.signers = mem_strdup(in(f, "catalog/signers"));
    assert_string_equal(judge(f),
                        "not approved\ncatalog/signers lies in the catalog that it is to judge");
}

static const struct digest *seen(void *ctx, const struct approval_item *item)
{
    const struct approval *first = ctx;
    for (size_t i = 0; i < first->n_pins; i++)
        if (first->pins[i].item.kind == item->kind &&
            strcmp(first->pins[i].item.name, item->name) == 0 &&
            strcmp(first->pins[i].item.version, item->version) == 0)
            return &first->pins[i].tree.digest;
    return NULL;
}

/* The fleet asks nobody: neither lock nor signature nor pin is looked at; links are still none. */
static void test_nobody(void **state)
{
    struct fixture *f = *state;
    f->trust.nobody = true;
    assert_string_equal(judge(f), "needs no approval");
    struct digest before = f->result.content;
    approve(f, "alice");
    assert_string_equal(judge(f), "needs no approval");
    assert_true(digest_equal(&before, &f->result.content));
    put(f, "catalog/modules/db/1.0.0/module.yaml", "kind: Module # more\n");
    assert_string_equal(judge(f), "needs no approval");
    assert_false(digest_equal(&before, &f->result.content));
    assert_int_equal(symlink("/etc/passwd", in(f, "catalog/modules/db/1.0.0/more.yaml")), 0);
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_NOT);
    struct err e = ERR_INIT;
    assert_int_equal(approval_may_use(&f->result, &e), ERR_FORBIDDEN);
    err_clear(&e);
}

static void test_pins(void **state)
{
    struct fixture *f = *state;
    struct approval first;
    struct approval_pins pins = {seen, &first};
    mem_free((char *)f->trust.signers);
    f->trust.signers = NULL;
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_NEW);
    assert_int_equal(f->result.n_pins, 3); /* what comes twice counts once */
    first = f->result;
    f->result = (struct approval){.state = APPROVAL_NOT};
    f->trust.pins = &pins;
    assert_string_equal(judge(f), "pinned");
    put(f, "catalog/modules/db/1.0.0/module.yaml", "kind: Module # more\n");
    judge(f);
    assert_int_equal(f->result.state, APPROVAL_ALTERED);
    assert_memory_equal(f->result.because[0].text,
                        "module db 1.0.0 is not what was seen here first: sha256:", 56);
    approval_clear(&first);
}

static void test_policy(void **state)
{
    struct fixture *f = *state;
    static const struct approval_item policy[] = {{APPROVAL_GUARDRAILS, "", ""},
                                                  {APPROVAL_PROFILES, "", ""}};
    struct err e = ERR_INIT;
    struct approval a;
    char *sig = NULL;
    assert_int_equal(approval_sign(f->catalog, "policy", policy, 2, in(f, "alice"), &sig, &e), 0);
    mem_free(sig);
    assert_int_equal(approval_judge(f->catalog, "policy", policy, 2, &f->trust, &a, &e), 0);
    assert_int_equal(a.state, APPROVAL_APPROVED);
    approval_clear(&a);
    put(f, "catalog/profiles/new.yaml", "kind: Profile\n");
    assert_int_equal(approval_judge(f->catalog, "policy", policy, 2, &f->trust, &a, &e), 0);
    assert_int_equal(a.state, APPROVAL_ALTERED);
    approval_clear(&a);
    assert_int_equal(approval_judge(f->catalog, "../x@1", NULL, 0, &f->trust, &a, &e), ERR_INVALID);
    assert_string_equal(e.text, "../x@1 is no NAME@VERSION");
    err_clear(&e);
    approval_clear(&a);
}

/* Order of reading, time and place change nothing; everything else does. */
static void test_tree(void **state)
{
    struct fixture *f = *state;
    struct file_tree a, b;
    put(f, "one/b", "2");
    put(f, "one/a/c", "1");
    put(f, "two/a/c", "1");
    put(f, "two/b", "2");
    assert_int_equal(file_tree_read(in(f, "one"), &a, NULL), 0);
    assert_int_equal(file_tree_read(in(f, "two"), &b, NULL), 0);
    assert_int_equal(a.len, 2);
    assert_string_equal(a.items[0].path, "a/c");
    assert_true(digest_equal(&a.digest, &b.digest));
    file_tree_clear(&b);
    /* the same bytes cut otherwise */
    put(f, "two/b", "");
    put(f, "two/a/c", "12");
    assert_int_equal(file_tree_read(in(f, "two"), &b, NULL), 0);
    assert_false(digest_equal(&a.digest, &b.digest));
    file_tree_clear(&a);
    file_tree_clear(&b);
    assert_int_equal(file_tree_read(in(f, "nothing"), &a, NULL), ERR_NOT_FOUND);
    file_tree_clear(&a);
}

static void test_keys(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    char *sig = NULL;
    assert_int_equal(approval_sign(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app),
                                   "/nonexistent/key", &sig, &e),
                     ERR_NOT_FOUND);
    assert_string_equal(e.text,
                        "the key /nonexistent/key cannot be read: No such file or directory");
    err_clear(&e);
    assert_int_equal(approval_sign(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app),
                                   in(f, "signers/"), &sig, &e),
                     ERR_NOT_FOUND);
    err_clear(&e);
    put(f, "rubbish", "no key\n");
    assert_int_equal(approval_sign(f->catalog, "web-app@1.4.0", web_app, ARRAY_LEN(web_app),
                                   in(f, "rubbish"), &sig, &e),
                     ERR_NOT_FOUND);
    err_clear(&e);
    assert_null(sig);
}

static void test_run(void **state)
{
    (void)state;
    const char *cat[] = {"cat", NULL}, *sleep[] = {"sleep", "60", NULL}, *yes[] = {"yes", NULL},
               *none[] = {"no-such-program-here", NULL};
    struct buf out;
    struct err e = ERR_INIT;
    int status = -1;
    buf_init(&out, 1000);
    struct run_options o = {.argv = cat, .timeout_ms = 20000, .out = &out};
    assert_int_equal(run_wait(&o, &status, &e), 0);
    assert_int_equal(status, 0);
    assert_int_equal(out.len, 0);
    o.argv = none;
    assert_int_equal(run_wait(&o, &status, &e), ERR_NOT_FOUND);
    err_clear(&e);
    o.argv = yes;
    assert_int_equal(run_wait(&o, &status, &e), ERR_LIMIT);
    assert_string_equal(e.text, "yes says too much");
    err_clear(&e);
    o.argv = sleep;
    o.timeout_ms = 50;
    assert_int_equal(run_wait(&o, &status, &e), ERR_TIMEOUT);
    err_clear(&e);
    buf_clear(&out);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_approved),       T(test_two_people),
        T(test_not_trusted),    T(test_altered),
        T(test_lock_edited),    T(test_lock_of_another),
        T(test_symbolic_links), T(test_signers_inside),
        T(test_nobody),         T(test_pins),
        T(test_policy),         T(test_tree),
        T(test_keys),           cmocka_unit_test(test_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
